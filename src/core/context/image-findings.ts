/**
 * What `writable-paths` tells of an image that no profile is for, or of which the tag would say
 * more.
 */
import { coverageText } from '../catalogue/match/tags-apart.ts';
import { shown, shownList } from '../text.ts';
import type { Match } from '../catalogue/match/catalogue.ts';
import type { ResolvedProfile, Undecided, WritablePath } from '../catalogue/profile/profile.ts';
import type { Container } from '../pod/pod.ts';
import type { Finding } from '../findings/finding.ts';

/** An image that gets the profile `default`. */
export function noProfileFinding(
  { name, image }: Container,
  { reference, coverage }: Match,
  { writable }: ResolvedProfile,
): Finding {
  const near = coverage === undefined ? '' : ` (${coverageText(coverage)})`;
  return {
    rule: 'writable-paths',
    outcome: 'skipped',
    code: 'no-profile',
    container: name,
    ...(reference !== undefined && { repository: reference.repository }),
    detail: `container "${name}" has the image "${shown(image ?? '')}", for which there is no profile${near}: what it must write to is not known${writable.some(isPlainTemporary) ? '; a Ruby program would refuse its /tmp, which has no sticky bit' : ''}`,
  };
}

/**
 * On disk an emptyDir has mode 0777: no sticky bit, without which Ruby refuses it (ruby/ruby
 * lib/tmpdir.rb).
 */
function isPlainTemporary({ path, contents, medium }: WritablePath): boolean {
  return path === '/tmp' && contents === 'empty' && medium === 'Disk';
}

/** An image without a tag, where that would decide something of the profile. */
export function tagUnknown(
  { name, image }: Container,
  profile: ResolvedProfile,
  undecided: Undecided,
): Finding {
  return {
    rule: 'writable-paths',
    outcome: 'skipped',
    code: 'tag-unknown',
    container: name,
    detail: `container "${name}" has the image "${shown(image ?? '')}" without a tag, which decides between variants of ${profile.name}: ${consequences(undecided)}. Write the tag before the digest`,
  };
}

function consequences({ user, readOnly, data }: Undecided): string {
  const open = [
    ...(user ? ['no user is set'] : []),
    ...(readOnly.length > 0 ? [`${shownList(readOnly)} may have to be writable, and is not`] : []),
    ...(data.length > 0 ? [`${shownList(data)} may be where it keeps data`] : []),
  ];
  return open.length > 0 ? open.join('; ') : 'it gets the paths of all of them';
}
