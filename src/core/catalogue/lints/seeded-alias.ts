/**
 * A seeded path never goes through a link that images have in common: `cp -a` of /var/run copies
 * the link itself, and the volume would hold a link that leads back to the hidden directory.
 */
import { canonicalPath, normalisePath } from '../../mounts/paths.ts';
import { makePathLint } from './lint.ts';

export const seededAlias = makePathLint({
  id: 'seeded-alias',
  title: 'A seeded path names the real directory and not a link to it',
  refuse: ({ path, contents }) => {
    if (contents === 'empty' || !path.startsWith('/')) return undefined;
    const real = canonicalPath(path);
    return real === normalisePath(path)
      ? undefined
      : `goes through a link, which copying would keep: write ${real}.`;
  },
});
