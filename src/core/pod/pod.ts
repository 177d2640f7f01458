/** The part of a Pod that Lithopod reads, as readonly structural types: what fields.ts lists. */
import type { SecurityContext } from './generated/pod-types.ts';

export type * from './generated/pod-types.ts';

/** What a pod and a container can both set, and Lithopod only reads. */
export type HostSecurity = Pick<
  SecurityContext,
  'appArmorProfile' | 'seLinuxOptions' | 'windowsOptions'
>;

/** The three lists of a pod that hold containers, in the order in which they start. */
export const containerLists = ['initContainers', 'containers', 'ephemeralContainers'] as const;
/** The name of one of these lists. */
export type ContainerList = (typeof containerLists)[number];
