/** Names the source of a profile for people. */
import type { ProfileSource } from '../../core/catalogue/profile/profile.ts';

/** The name of each source. */
export const sourceNames: Readonly<Record<ProfileSource, string>> = {
  cluster: 'cluster',
  directory: '--profiles',
  builtin: 'built-in',
};
