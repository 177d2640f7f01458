/** Strangers' cases, where they are beside the project: all of those groups whose work is done. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { caseNames, problemsOf } from './cases/reader.ts';

const folder = fileURLToPath(new URL('../../shared/cases/', import.meta.url));

const groups = [
  ...['data', 'moved', 'pgdata', 'digest', 'ruby', 'no-profile', 'profile', 'lint', 'root'],
  'works',
];

describe('cases of strangers', () => {
  if (!existsSync(folder)) {
    // A checkout by itself has none; the whole run has them beside it.
    it.skip('are not here');
    return;
  }
  const names = caseNames(folder).filter((name) =>
    groups.some((group) => name.startsWith(`${group}-`)),
  );

  it('are there in every group', () => {
    for (const group of groups) {
      expect(
        names.some((name) => name.startsWith(`${group}-`)),
        group,
      ).to.equal(true);
    }
  });

  for (const name of names) {
    it(name, async () => {
      expect(await problemsOf(folder, name)).to.deep.equal([]);
    });
  }
});
