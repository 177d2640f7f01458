/**
 * What `writable-paths` reports of an image: that no profile matches it, or that it has no tag,
 * which would choose between variants of its profile.
 */
import type { Match } from '../catalogue/match/catalogue.ts';
import type { ResolvedProfile, Undecided, WritablePath } from '../catalogue/profile/profile.ts';
import type { Container } from '../pod/pod.ts';
import type { Report } from '../findings/report.ts';

/** Reports that the container's image has no profile of its own and gets the profile `default`. */
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
 * Whether the path is /tmp on disk. Such an emptyDir has mode 0777 and no sticky bit, and Ruby
 * uses no temporary directory that all may write to without that bit (ruby/ruby lib/tmpdir.rb):
 * the finding says so.
 */
function isPlainTemporary({ path, contents, medium }: WritablePath): boolean {
  return path === '/tmp' && contents === 'empty' && medium === 'Disk';
}

/** Reports that the image has no tag, though a variant of its profile depends on the tag. */
export function reportTagUnknown(
  container: Container,
  { name: profile }: ResolvedProfile,
  undecided: Undecided,
  report: Report,
): void {
  const image = container.image ?? '';
  report.container(container, 'tag-unknown', '/image', { image, profile, undecided });
}
