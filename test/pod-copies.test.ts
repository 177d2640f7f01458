/** The lint that keeps copies of pod parts in one file, where V8 is minded. */
import { expect } from 'chai';
import { ESLint } from 'eslint';

describe('the lint of copies of pod parts', function () {
  this.timeout(60_000);
  const eslint = new ESLint({ cwd: new URL('..', import.meta.url).pathname });

  /** What is said of a text that stands in the file. */
  async function messages(file: string, text: string): Promise<readonly string[]> {
    const config = (await eslint.calculateConfigForFile(file)) as {
      readonly rules: Readonly<Record<string, readonly unknown[]>>;
    };
    const rule = config.rules['no-restricted-syntax']!;
    const own = new ESLint({
      overrideConfigFile: true,
      overrideConfig: { rules: { 'no-restricted-syntax': rule as ['error'] } },
    });
    const [result] = await own.lintText(text, { filePath: 'x.js' });
    return result!.messages.map(({ message }) => message);
  }

  const breaches = [
    'export const after = (pod) => ({ ...pod, spec: {} });',
    'export const after = (pod) => ({ metadata: {}, ...pod });',
    'export const after = (mount) => Object.assign({}, mount, { readOnly: true });',
  ];

  for (const file of [
    'src/core/rules/no-privileged.ts',
    'src/core/rules/new-rule.ts',
    'src/core/context/context.ts',
    'src/core/mounts/volume-index.ts',
    'src/core/pod/containers.ts',
    'src/core/harden.ts',
  ]) {
    it(`refuses them in ${file}, and names the file that makes them`, async () => {
      for (const breach of breaches) {
        const [message, ...others] = await messages(file, breach);
        expect(message, breach).to.include('src/core/pod/change.ts');
        expect(others).to.deep.equal([]);
      }
      // What is refused elsewhere is refused here too.
      expect(await messages(file, 'new RegExp(x);')).to.have.length(1);
    });

    it(`takes lists and parts in ${file}`, async () => {
      const text =
        'export const all = ({ a, ...rest }, list) => [...list, rest, Math.max(...list)];';
      expect(await messages(file, text)).to.deep.equal([]);
    });
  }

  it('lets them be in the file that makes them', async () => {
    for (const breach of breaches) {
      expect(await messages('src/core/pod/change.ts', breach)).to.deep.equal([]);
    }
  });
});
