/**
 * `npm run soak`: mixed requests for an hour, with reloads and swaps of the certificate on the way.
 *
 *   npm run soak -- [--minutes 60] [--clients 8] [--bytes 3145728] [--json [FILE]]
 *
 * Every request must be answered, with the right status, and memory must not grow: the exit code is
 * 1 otherwise. `--json` puts the outcome into FILE, docs/performance.json unless told, for the
 * curve on docs/performance.md. Where this user may make control groups, the server has the memory
 * of its manifest and no more. Nothing but loopback is used, and the server ends with this process
 * however that ends.
 */
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { projectRoot } from '../bench/dockerfile-command.ts';
import { largestPodBytes } from '../hostile/aimed-pods.ts';
import { memoryLimitInUse } from '../bench/memory-limit.ts';
import {
  getStatus,
  median,
  residentMegabytes,
  spawnTarget,
  untilAnswered,
} from '../bench/measure.ts';
import { currentLoad, taken, withDefaultFile, writeReport } from '../bench/report.ts';
import { tablesOf } from '../bench/tables.ts';
import { ourTarget, prepareFolder } from '../bench/targets.ts';
import { ownFolder, removeFolder } from '../e2e/control-plane/owned-process.ts';
import { startDisturbances, writeProfiles } from './disturbances.ts';
import { startTraffic } from './traffic.ts';
import type { Soak } from '../bench/report.ts';

const argv = process.argv.slice(2);
const { values: flags } = parseArgs({
  args: withDefaultFile(argv, join(projectRoot, 'docs/performance.json')),
  options: {
    minutes: { type: 'string', default: '60' },
    clients: { type: 'string', default: '8' },
    bytes: { type: 'string', default: `${largestPodBytes}` },
    json: { type: 'string' },
  },
});
const minutes = Number(flags.minutes);
const port = 19_470;
/** As many points as a curve can show. */
const points = 240;

const load = currentLoad();
const folder = await mkdtemp(join(tmpdir(), 'lithopod-soak-'));
ownFolder(folder);
try {
  const outcome = await soak();
  const soaked = taken(
    outcome,
    ['soak', ...(argv.length > 0 ? ['--', ...argv] : [])].join(' '),
    load,
    memoryLimitInUse(),
  );
  process.stderr.write('\n');
  console.log(Object.values(tablesOf({ soak: soaked })).join('\n'));
  if (flags.json !== undefined) await writeReport(flags.json, { soak: soaked });
  process.exitCode = verdict(outcome);
} finally {
  removeFolder(folder);
}

async function soak(): Promise<Soak> {
  await prepareFolder(folder);
  const profiles = join(folder, 'profiles');
  await mkdir(profiles);
  await writeProfiles(profiles);
  const target = ourTarget(port, folder, ['--profiles', profiles, '--log-level', 'error']);
  const server = await spawnTarget(target, folder);
  try {
    await untilAnswered(server, () => getStatus(`${target.healthUrl}/readyz`));
    const traffic = startTraffic(port, Number(flags.clients), Number(flags.bytes));
    const pauseMs = Math.min(10_000, minutes * 1_500);
    const disturbed = { target, port, folder, profiles, pid: server.pid, pauseMs };
    const disturbances = startDisturbances(disturbed);
    const secondsBetween = Number(((minutes * 60) / points).toFixed(2));
    const resident = await watch(server.pid, secondsBetween, () => server.ended() === undefined);
    const faults: unknown[] = [];
    await disturbances.stop().catch((error: unknown) => faults.push(error));
    await traffic.stop();
    const end = server.ended();
    if (end !== undefined) faults.push(`the server ${end}: ${server.lastLogLines()}`);
    for (const fault of [...faults, ...traffic.counts.problems]) console.error('\nsoak:', fault);
    const { sent, answered, unexpected } = traffic.counts;
    return {
      minutes,
      ...{ sent, answered, unexpected: unexpected + faults.length },
      ...disturbances.counts,
      resident,
      secondsBetween,
    };
  } finally {
    await server.stop();
  }
}

async function watch(
  pid: number,
  seconds: number,
  alive: () => boolean,
): Promise<readonly number[]> {
  const resident: number[] = [];
  for (let point = 0; point <= points && alive(); point++) {
    resident.push(Math.round(residentMegabytes(pid)));
    if (point % 4 === 0) process.stderr.write('.');
    await delay(seconds * 1000);
  }
  return resident;
}

/**
 * 1 where a request was lost or wrongly answered, or where memory went on growing in the second
 * half.
 */
function verdict({ sent, answered, unexpected, resident }: Soak): 0 | 1 {
  const third = Math.floor(resident.length / 3);
  const middle = median(resident.slice(third, 2 * third));
  const last = median(resident.slice(2 * third));
  // A hostile pod of megabytes comes now and then, and what it took is given back late: that much
  // is no growth.
  const grew = last > middle * 1.2 + 20;
  if (sent !== answered) console.error(`soak: ${sent - answered} requests were not answered`);
  if (unexpected > 0)
    console.error(`soak: ${unexpected} were answered otherwise than they should be`);
  if (grew) console.error(`soak: memory grew from ${middle} MB to ${last} MB`);
  return sent !== answered || unexpected > 0 || grew || sent === 0 ? 1 : 0;
}
