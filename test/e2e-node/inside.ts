// What scenarios find out from within a container.

import type { CommandResult } from '../e2e/control-plane/owned-process.ts';
import type { Cluster, HttpAnswer, PodName } from './node/cluster.ts';
import { until } from './node/until.ts';

/** Runs a script with the container's own /bin/sh; any exit code is a result. */
export async function shell(
  cluster: Cluster,
  pod: PodName,
  script: string,
): Promise<CommandResult> {
  return cluster.exec(pod, ['sh', '-c', script]);
}

/**
 * The same, for a script that has to succeed; answers what it printed, without the last line's end.
 */
export async function shellPrints(cluster: Cluster, pod: PodName, script: string): Promise<string> {
  const { code, stdout, stderr } = await shell(cluster, pod, script);
  if (code !== 0) throw new Error(`${script}: exit code ${code}: ${stderr}`);
  return stdout.trimEnd();
}

/** Mode, owner and name of each file, as `1777 0:0 /tmp`. */
export async function attributesOf(
  cluster: Cluster,
  pod: PodName,
  ...paths: readonly string[]
): Promise<readonly string[]> {
  const printed = await shellPrints(cluster, pod, `stat -c '%a %u:%g %n' ${paths.join(' ')}`);
  return printed.split('\n');
}

/**
 * What its HTTP server answers, once it listens: without a readiness probe a pod is ready as soon
 * as its program has started.
 */
export async function answerOf(
  cluster: Cluster,
  pod: PodName,
  port: number,
  path = '/',
): Promise<HttpAnswer> {
  let answer: HttpAnswer | undefined;
  let refusal = '';
  await until(
    `answer of ${pod.namespace}/${pod.name}`,
    async () => {
      answer = await cluster.http(pod, port, path).catch((error: unknown) => {
        refusal = String(error);
        return undefined;
      });
      return answer !== undefined;
    },
    () => Promise.resolve(refusal),
  );
  return answer!;
}

/** The directories, wherever they are mounted, in which its user can make a file. */
export async function writableDirectories(
  cluster: Cluster,
  pod: PodName,
): Promise<readonly string[]> {
  // Below these two the kernel's own interfaces look like directories.
  const script = `find / \\( -path /proc -o -path /sys \\) -prune -o -type d -print |
    while read -r dir; do
      if (: > "$dir/.probe") 2> /dev/null; then rm "$dir/.probe"; echo "$dir"; fi
    done`;
  return (await shellPrints(cluster, pod, script)).split('\n').toSorted();
}
