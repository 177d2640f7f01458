/** What was measured, as Markdown. */
import type {
  Growth,
  Hostile,
  Memory,
  Report,
  Soak,
  Taken,
  ThroughApi,
  ThroughApiRow,
  Throughput,
} from './report.ts';

/** The name of what Lithopod is compared with, in creations through an API server. */
export const bareWebhook = 'a bare one with the same patch';

/** The text for each part of the report that is there, by its name. */
export function tablesOf(report: Report): Readonly<Record<string, string>> {
  const { throughput, growth, hostile, memory, throughApi, soak } = report;
  return {
    ...(throughput && { throughput: throughputTable(throughput) }),
    ...(growth && { growth: growthTable(growth) }),
    ...(hostile && { hostile: hostileTable(hostile) }),
    ...(memory && { memory: memoryTable(memory) }),
    ...(throughApi && { 'through-api': throughApiTable(throughApi) }),
    ...(soak && { soak: soakTable(soak) }),
  };
}

type Cell = string | number;

/** Columns whose heading ends in `:` are aligned to the right. */
function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(headings.map((heading) => heading.replace(/:$/, ''))),
    line(headings.map((heading) => (heading.endsWith(':') ? '---:' : '---'))),
    ...rows.map(line),
  ].join('\n');
}

function measured({ taken }: Taken<unknown>, more = ''): string {
  const { day, node, cores, load, memoryLimit, command } = taken;
  const limited = memoryLimit === undefined ? '' : `, Lithopod within ${memoryLimit} MiB`;
  return `Measured on ${day}, Node ${node}, ${cores} shared cores, load before ${load}${limited}, \`npm run ${command}\`${more}.\n`;
}

function throughputTable(part: Taken<Throughput>): string {
  const { rounds, seconds, warmUp, connections, rows } = part;
  const how = `: ${connections} connections, medians of ${rounds} rounds of ${seconds} s, each server warmed up for ${warmUp} s`;
  return `${measured(part, how)}
${table(
  [
    'pod',
    'server',
    'reviews/s:',
    'of reference:',
    'p50 ms:',
    'p99 ms:',
    'p99, of reference:',
    'errors:',
  ],
  rows.map((row) => [
    row.payload,
    row.server,
    row.perSecond,
    row.ratio.toFixed(2),
    row.p50.toFixed(2),
    row.p99.toFixed(2),
    row.p99Ratio.toFixed(2),
    row.errors,
  ]),
)}
`;
}

function growthTable(part: Taken<Growth>): string {
  const curves = { containers: part.containers, volumes: part.volumes, mounts: part.mounts };
  const rows = Object.entries({ ...curves, 'profiles in the catalogue': part.catalogue }).map(
    ([name, points]) => [
      name,
      points
        .map(({ count, microseconds }) => `${count.toLocaleString('en')}: ${microseconds} µs`)
        .join(', '),
    ],
  );
  return `${measured(part)}
${table(['one review, against the number of', 'medians'], rows)}
`;
}

function hostileTable(part: Taken<Hostile>): string {
  const { shapes, of, sizes, atOnce, rows } = part;
  const mebibytes = sizes.map((size) => (size / 1024 / 1024).toFixed(1));
  const largest = mebibytes.at(-1) ?? '';
  const number = (value: number): string => value.toLocaleString('en');
  const answers = Object.entries(part.statuses)
    .map(([status, count]) => `${number(count)} × ${status === '0' ? 'none' : status}`)
    .join(', ');
  const figures = table(
    ['what', 'figure'],
    [
      ['shapes tried, of all', `${number(shapes)} of ${number(of)}`],
      ['answers by status', answers],
      ['ends of the process', part.deaths.length],
      ['requests of the honest client without an answer', part.unanswered],
      ['its longest wait', `${number(part.longestWait)} ms`],
      [
        'heap after a forced collection, before and after',
        `${part.heapBefore} MB, ${part.heapAfter} MB`,
      ],
      ['resident memory at the end', `${part.residentAtEnd} MB`],
    ],
  );
  const worst = table(
    [
      'a review of',
      'as',
      'status:',
      `ms for one of ${largest} MiB:`,
      'longest wait beside it:',
      ...mebibytes.map((size) => `beside ${atOnce} of ${size} MiB:`),
    ],
    rows.map((row) => [
      row.shape.replaceAll('|', '\\|'),
      `${row.form}, ${row.mode}, ${row.level}`,
      row.status,
      number(row.milliseconds),
      ...row.waits.map(number),
    ]),
  );
  return `${measured(part, `: each of the largest size, ${largest} MiB or 200,000 values, by one route after the other`)}
${figures}

The worst, as waits of the honest client in milliseconds:

${worst}
`;
}

function memoryTable(part: Taken<Memory>): string {
  const { objects, reload } = part;
  const reviews = part.reviews.toLocaleString('en');
  return `${measured(part)}
${table(
  ['what', 'figure'],
  [
    ['from start to ready', `${part.readyMilliseconds} ms`],
    ['resident memory once ready', `${part.residentAtStart} MB`],
    ['after the first 20,000 reviews', `${part.residentWarm} MB`],
    [`after ${reviews} more`, `${part.residentAtEnd} MB`],
    [
      `heap after a forced collection, before and after those ${reviews}`,
      `${part.heapWarm} MB, ${part.heapAtEnd} MB`,
    ],
    [
      `objects in heap snapshots, before and after ${objects.between.toLocaleString('en')} reviews`,
      `${objects.before.toLocaleString('en')}, ${objects.after.toLocaleString('en')}`,
    ],
    [
      'reloads of the profiles under load',
      `${reload.reloads}, with ${reload.errors} of ${reload.requests.toLocaleString('en')} requests failed, p99 ${reload.p99} ms`,
    ],
  ],
)}
`;
}

function throughApiTable(part: Taken<ThroughApi>): string {
  const { rounds, seconds, rows, cold } = part;
  const ratio = ({ webhook, clients, p50 }: ThroughApiRow): string => {
    const bare = rows.find((row) => row.webhook === bareWebhook && row.clients === clients);
    return bare === undefined || webhook !== 'lithopod' ? '' : (p50 / bare.p50).toFixed(2);
  };
  const started =
    cold &&
    `
After a start, by one client: the first hundred creations take ${(cold.first / cold.reference).toFixed(2)} times as long as with the bare webhook, the next two hundred ${(cold.next / cold.reference).toFixed(2)} times.
`;
  return `${measured(part, `: medians of ${rounds} rounds of ${seconds} s; API server, etcd, webhook and clients share the cores`)}
${table(
  ['webhook', 'clients:', 'pods/s:', 'p50 ms:', 'of the bare one:', 'p99 ms:', 'errors:'],
  rows.map((row) => [
    row.webhook,
    row.clients,
    row.podsPerSecond,
    row.p50.toFixed(1),
    ratio(row),
    row.p99.toFixed(1),
    row.errors,
  ]),
)}
${started ?? ''}`;
}

function soakTable(part: Taken<Soak>): string {
  const { resident } = part;
  const middle = resident[Math.floor(resident.length / 2)] ?? NaN;
  return `${measured(part)}
${table(
  ['what', 'figure'],
  [
    ['minutes', part.minutes],
    ['requests sent', part.sent.toLocaleString('en')],
    ['answered', part.answered.toLocaleString('en')],
    ['answered otherwise than they should be', part.unexpected],
    ['reloads of the profiles', part.reloads],
    ['swaps of the certificate', part.certificateSwaps],
    [
      'resident memory at the start, half-way and at the end',
      `${resident[0] ?? NaN}, ${middle}, ${resident.at(-1) ?? NaN} MB`,
    ],
  ],
)}
`;
}
