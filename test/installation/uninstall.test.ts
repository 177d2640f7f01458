import { expect } from 'chai';

import { cli, withFolder } from '../cli/run.ts';

const config = `apiVersion: v1
kind: Config
clusters: [{ name: gone, cluster: { server: 'https://127.0.0.1:1' } }]
contexts: [{ name: gone, context: { cluster: gone, user: '' } }]
current-context: gone
`;

describe('lithopod uninstall', () => {
  it('says that no API server answers', async () => {
    await withFolder({ config }, async (folder) => {
      const { code, stdout, stderr } = await cli(['uninstall', `--kubeconfig=${folder}/config`]);
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
      expect(stderr).to.match(
        /^error: cannot reach https:\/\/127\.0\.0\.1:1 \(context "gone"\): .*ECONNREFUSED[^\n]*\n$/,
      );
    });
  });

  for (const [flags, message] of [
    [['--kubeconfig=/nowhere/config'], /^error: .*cannot be read: ENOENT|\/nowhere\/config/],
    [['--namespace=Stone'], /It takes lower-case letters, digits and dashes, at most 63\./],
    [['--timeout=1m'], /It takes a whole number of seconds up to 3600\./],
    [['--timeout=3601'], /It takes a whole number of seconds up to 3600\./],
    [['everything'], /too many arguments/],
  ] as const) {
    it(`refuses ${flags.join(' ')}`, async () => {
      const { code, stdout, stderr } = await cli(['uninstall', ...flags]);
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
      expect(stderr)
        .to.match(message)
        .and.match(/^[^\n]+\n$/);
    });
  }
});
