/**
 * Services into which Compose copies files before they start: configs and secrets whose content is
 * in the Compose file or in a variable. It refuses to start them with `read_only: true`, wherever
 * the files go (docker/compose v5 pkg/compose/secrets.go). A Swarm mounts them.
 */
import { atOrigin } from './finding.ts';
import type { Exemption } from '../core/exemptions/exemption.ts';
import type { PodExemptions } from '../core/exemptions/pod-exemptions.ts';
import type { Level } from '../core/findings/finding.ts';
import type { ComposeFinding } from './finding.ts';
import type { Service } from './service.ts';

/** Why a service keeps a writable root; none where nothing is copied into it. */
export function copiedFindings(
  { name, mounts, readOnly }: Service,
  level: Level,
): readonly ComposeFinding[] {
  const copied = mounts.filter(({ kind }) => kind === 'copied');
  const [first] = copied;
  if (first === undefined) return [];
  const args = {
    names: copied.map(({ source }) => source),
    kept: readOnly === true,
    restricted: level === 'restricted',
  };
  return [atOrigin(name, 'read-only-root', 'copied-into-container', first.origin, args)];
}

/** What leaves the root of a service as it is, with all that a read-only one would need. */
export function writableRoot({ name }: Service): PodExemptions {
  return new Map([[name, new Map([['read-only-root', exemption]])]]);
}

const exemption: Exemption = {
  name: '',
  namespace: '',
  images: [],
  podSelector: undefined,
  containers: undefined,
  serviceAccountName: undefined,
  rules: ['read-only-root'],
  expires: Infinity,
  until: '',
};
