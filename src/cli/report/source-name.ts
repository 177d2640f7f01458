/** What people call the place that a profile came from. */
import type { ProfileSource } from '../../core/catalogue/profile/profile.ts';

export const sourceNames: Readonly<Record<ProfileSource, string>> = {
  cluster: 'cluster',
  directory: '--profiles',
  builtin: 'built-in',
};
