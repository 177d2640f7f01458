/**
 * What `writable-paths` reports of an image that no profile is for, or of which the tag would say
 * more.
 */
import type { Match } from '../catalogue/match/catalogue.ts';
import type { ResolvedProfile, Undecided, WritablePath } from '../catalogue/profile/profile.ts';
import type { Container } from '../pod/pod.ts';
import type { Report } from '../findings/report.ts';

/** An image that gets the profile `default`. */
export function reportNoProfile(
  container: Container,
  { reference, coverage }: Match,
  { writable }: ResolvedProfile,
  report: Report,
): void {
  report.container(container, 'no-profile', '/image', {
    image: container.image ?? '',
    repository: reference?.repository,
    coverage,
    plainTmp: writable.some(isPlainTemporary),
  });
}

/**
 * On disk an emptyDir has mode 0777: no sticky bit, without which Ruby refuses it (ruby/ruby
 * lib/tmpdir.rb).
 */
function isPlainTemporary({ path, contents, medium }: WritablePath): boolean {
  return path === '/tmp' && contents === 'empty' && medium === 'Disk';
}

/** An image without a tag, where that would decide something of the profile. */
export function reportTagUnknown(
  container: Container,
  { name: profile }: ResolvedProfile,
  undecided: Undecided,
  report: Report,
): void {
  const image = container.image ?? '';
  report.container(container, 'tag-unknown', '/image', { image, profile, undecided });
}
