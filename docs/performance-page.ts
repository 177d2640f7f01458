/**
 * The figures of docs/performance.md and its curves, from docs/performance.json. The page's text is
 * written by hand; what stands between `<!-- figures: NAME -->` and `<!-- end of figures -->` is
 * not.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tablesOf } from '../test/bench/tables.ts';
import { renderChart } from './chart.ts';
import type { GrowthPoint, Report } from '../test/bench/report.ts';

const marked = /(<!-- figures: ([\w-]+) -->\n)[\s\S]*?(<!-- end of figures -->)/g;

/**
 * The page and its charts by path relative to the project's root. Throws where the page asks for
 * what was not measured.
 */
export function performanceFiles(root: string): Readonly<Record<string, string>> {
  const source = join(root, 'docs/performance.json');
  const report = existsSync(source) ? (JSON.parse(readFileSync(source, 'utf8')) as Report) : {};
  const tables = tablesOf(report);
  const page = readFileSync(join(root, 'docs/performance.md'), 'utf8');
  const text = page.replace(marked, (_whole, start: string, name: string, end: string) => {
    const figures = tables[name];
    if (figures === undefined) throw new Error(`docs/performance.json has no ${name}`);
    return `${start}\n${figures}\n${end}`;
  });
  return { 'docs/performance.md': text, ...charts(report) };
}

function charts({ growth, soak }: Report): Readonly<Record<string, string>> {
  return {
    ...(growth && {
      'docs/growth-containers.svg': growthChart('containers', [
        { label: 'containers', points: growth.containers },
      ]),
      'docs/growth-volumes.svg': growthChart('volumes, or mounts of one container', [
        { label: 'volumes', points: growth.volumes },
        { label: 'mounts', points: growth.mounts },
      ]),
      'docs/growth-catalogue.svg': growthChart(
        'profiles in the catalogue',
        [{ label: 'profiles', points: growth.catalogue }],
        'log',
      ),
    }),
    ...(soak && {
      'docs/soak.svg': renderChart({
        title: 'Resident memory during the soak',
        xLabel: 'minutes',
        yLabel: 'MB',
        xScale: 'linear',
        lines: [
          {
            label: 'resident memory',
            points: soak.resident.map((mb, index) => [(index * soak.secondsBetween) / 60, mb]),
            dots: false,
          },
        ],
      }),
    }),
  };
}

function growthChart(
  what: string,
  lines: readonly { readonly label: string; readonly points: readonly GrowthPoint[] }[],
  xScale: 'linear' | 'log' = 'linear',
): string {
  return renderChart({
    title: `One review, by the number of ${what}`,
    xLabel: what,
    yLabel: 'µs',
    xScale,
    lines: lines.map(({ label, points }) => ({
      label,
      points: points.map(({ count, microseconds }) => [count, microseconds]),
      dots: true,
    })),
  });
}
