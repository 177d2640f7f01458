/**
 * Directories whose log files are links to /dev/stdout and /dev/stderr are never covered: the
 * process would make files there instead, and `kubectl logs` would show nothing. Where the start
 * script of the image makes the links itself, the directory may be covered.
 *
 * Source: nginxinc/docker-nginx and docker-library/php link the logs in their Dockerfiles;
 * bitnami/charts copies the links of its images out before it mounts a volume over them (its init
 * containers preserve-logs-symlinks); sclorg/nginx-container links them in s2i/bin/run.
 */
import { canonicalPath, isAtOrBelow } from '../../mounts/paths.ts';
import { makePathLint } from './lint.ts';
import type { ProfileOutline } from './lint.ts';

interface LinkedLogs {
  readonly directory: string;
  /** Patterns of the images whose start script makes the links. RE2 reads it too, in the CRD. */
  readonly linkedAtStart?: RegExp;
}

export const linkedLogs: readonly LinkedLogs[] = [
  {
    directory: '/var/log/nginx',
    linkedAtStart:
      /^(?:quay[.]io[/]sclorg|registry[.](?:access[.]redhat[.]com|redhat[.]io)[/](?:rhel|ubi)[0-9]+)[/]nginx-[0-9]+(?:-c[0-9]+s)?(?:[:@].*)?$/,
  },
  { directory: '/var/log/apache2' },
  { directory: '/opt/bitnami/apache/logs' },
  { directory: '/opt/bitnami/mariadb/logs' },
  { directory: '/opt/bitnami/mysql/logs' },
  { directory: '/opt/bitnami/nginx/logs' },
];

export const stdoutLinks = makePathLint({
  id: 'stdout-links',
  title: 'No volume covers a directory whose log files are links to stdout',
  refuse: ({ path }, images) => {
    if (!path.startsWith('/') || path === '/') return undefined;
    const volume = canonicalPath(path);
    const covered = linkedLogs.find(
      (logs) =>
        isAtOrBelow(logs.directory, volume) &&
        !(logs.directory === volume && areLinkedAtStart(logs, images)),
    );
    return covered === undefined
      ? undefined
      : `covers ${covered.directory}, where the logs are links to stdout and stderr.`;
  },
});

function areLinkedAtStart(
  { linkedAtStart }: LinkedLogs,
  images: ProfileOutline['images'],
): boolean {
  if (linkedAtStart === undefined || images.length === 0) return false;
  return images.every(({ text }) => linkedAtStart.test(text));
}
