/**
 * Directories whose log files are links to /dev/stdout and /dev/stderr are never covered: the
 * process would make files there instead, and `kubectl logs` would show nothing.
 *
 * Source: nginxinc/docker-nginx and docker-library/php link the logs in their Dockerfiles;
 * bitnami/charts copies the links of its images out before it mounts a volume over them (its init
 * containers preserve-logs-symlinks).
 */
import { canonicalPath, isAtOrBelow } from '../../mounts/paths.ts';
import { makePathLint } from './lint.ts';

export const linkedLogs: readonly string[] = [
  '/var/log/nginx',
  '/var/log/apache2',
  '/opt/bitnami/apache/logs',
  '/opt/bitnami/mariadb/logs',
  '/opt/bitnami/mysql/logs',
  '/opt/bitnami/nginx/logs',
];

export const stdoutLinks = makePathLint({
  id: 'stdout-links',
  title: 'No volume covers a directory whose log files are links to stdout',
  refuse: ({ path }) => {
    if (!path.startsWith('/') || path === '/') return undefined;
    const covered = linkedLogs.find((directory) => isAtOrBelow(directory, canonicalPath(path)));
    return covered === undefined
      ? undefined
      : `covers ${covered}, where the logs are links to stdout and stderr.`;
  },
});
