// What scripts run in, and the images that others begin with.

import * as recipes from '../images/recipes/tools.ts';
import { caddy } from '../images/recipes/web.ts';
import { describeCase, logs, says } from './harness.ts';
import { temporaryFileInJava } from './java-program.ts';

/** Longer than a pipe is: bash keeps shorter ones there. */
const HERE_STRING = 'text=$(printf %0200000d 7); cat <<< "$text" | wc -c';

describeCase({
  recipe: recipes.debian,
  image: 'debian:bookworm-slim',
  container: { command: ['sleep', 'infinity'] },
  use: async (cluster, pod) =>
    (await says(cluster, pod, ['sh', '-c', 'cat <<E\nhere\nE'], /^here$/m)) ??
    (await says(cluster, pod, ['sh', '-c', 'f=$(mktemp) && echo a > $f && cat $f'], /^a$/m)),
});

describeCase({
  recipe: recipes.bash,
  image: 'bash:5.2',
  container: { args: ['-c', `${HERE_STRING}; sleep infinity`] },
  use: async (cluster, pod) =>
    (await logs(cluster, pod, /^200001$/m)) ??
    (await says(cluster, pod, ['bash', '-c', HERE_STRING], /^200001$/m)),
});

describeCase({
  recipe: recipes.curl,
  image: 'curlimages/curl:7.88.1',
  container: { command: ['sleep', 'infinity'] },
  beside: [{ recipe: caddy, image: 'caddy:2.6' }],
  use: async (cluster, pod) => {
    const fetch = ['/entrypoint.sh', '-fsSo', '/tmp/page', 'http://127.0.0.1/'];
    return (
      (await says(cluster, pod, fetch, /^$/)) ??
      (await says(cluster, pod, ['grep', '-ci', 'caddy', '/tmp/page'], /^[1-9]/))
    );
  },
});

describeCase({
  recipe: recipes.perl,
  image: 'perl:5.36',
  container: {
    command: ['perl', '-MFile::Temp=tempfile', '-e'],
    args: ['$| = 1; my ($f, $name) = tempfile("xXXXX", TMPDIR => 1); print "made $name\n"; sleep'],
  },
  use: (cluster, pod) => logs(cluster, pod, /^made \/tmp\/x/m),
});

describeCase({
  recipe: recipes.openjdk,
  image: 'openjdk:17',
  ...temporaryFileInJava,
});
