/**
 * Line charts as SVG: axes, a few grid lines, labels, no background. Its colours can be read on a
 * light page and on a dark one, also by viewers that do not know which they are on. At most two
 * lines.
 */

export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** `log`: each step along the axis multiplies. The values are then above 0. */
  readonly xScale: 'linear' | 'log';
  /** Points in the order of x. At least one of all has a y above 0. */
  readonly lines: readonly {
    readonly label: string;
    readonly points: readonly (readonly [x: number, y: number])[];
    /** Draws the points as well: few were measured. */
    readonly dots: boolean;
  }[];
}

const width = 640;
const height = 320;
const plot = { left: 64, top: 44, right: width - 24, bottom: height - 52 };

/** The chart as the text of an SVG file. */
export function renderChart(chart: Chart): string {
  const xs = chart.lines.flatMap(({ points }) => points.map(([x]) => x));
  const ys = chart.lines.flatMap(({ points }) => points.map(([, y]) => y));
  const yTicks = ticks(Math.max(...ys));
  const yTop = yTicks.at(-1) ?? 1;
  const xTicks = chart.xScale === 'log' ? [...new Set(xs)] : ticks(Math.max(...xs));
  const xOf = horizontal(
    chart.xScale,
    chart.xScale === 'log' ? Math.min(...xs) : 0,
    Math.max(...xs),
  );
  const yOf = (y: number): number => round(plot.bottom - (y / yTop) * (plot.bottom - plot.top));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(chart.title)}">
${style}
<text class="title" x="${plot.left}" y="22">${escape(chart.title)}</text>
${yTicks.map((y) => horizontalLine(yOf(y), y)).join('\n')}
${xTicks
  .filter((x) => x <= Math.max(...xs))
  .map((x) => verticalMark(xOf(x), x))
  .join('\n')}
<line class="axis" x1="${plot.left}" y1="${plot.bottom}" x2="${plot.right}" y2="${plot.bottom}"/>
<text class="label" text-anchor="middle" x="${(plot.left + plot.right) / 2}" y="${height - 12}">${escape(chart.xLabel)}</text>
<text class="label" text-anchor="middle" transform="translate(16 ${(plot.top + plot.bottom) / 2}) rotate(-90)">${escape(chart.yLabel)}</text>
${chart.lines.map((line, index) => drawLine(line, index, xOf, yOf)).join('\n')}
${chart.lines.length > 1 ? legend(chart.lines) : ''}
</svg>
`;
}

const style = `<style>
text { font: 12px system-ui, sans-serif; fill: #6a737d }
.title { font-weight: 600; font-size: 14px }
.grid { stroke: #8b949e; stroke-opacity: 0.35 }
.axis { stroke: #8b949e }
.line { fill: none; stroke-width: 2; stroke-linejoin: round }
.c0 { stroke: #2f7fdd } .c1 { stroke: #d4651a }
.d0 { fill: #2f7fdd } .d1 { fill: #d4651a }
@media (prefers-color-scheme: dark) { text { fill: #9198a1 } }
</style>`;

function horizontal(scale: Chart['xScale'], from: number, to: number): (x: number) => number {
  const place = scale === 'log' ? Math.log : (x: number): number => x;
  const span = place(to) - place(from) || 1;
  return (x) => round(plot.left + ((place(x) - place(from)) / span) * (plot.right - plot.left));
}

function horizontalLine(at: number, value: number): string {
  return `<line class="grid" x1="${plot.left}" y1="${at}" x2="${plot.right}" y2="${at}"/>
<text text-anchor="end" x="${plot.left - 8}" y="${at + 4}">${value.toLocaleString('en')}</text>`;
}

function verticalMark(at: number, value: number): string {
  return `<line class="axis" x1="${at}" y1="${plot.bottom}" x2="${at}" y2="${plot.bottom + 4}"/>
<text text-anchor="middle" x="${at}" y="${plot.bottom + 19}">${value.toLocaleString('en')}</text>`;
}

function drawLine(
  { points, dots }: Chart['lines'][number],
  index: number,
  xOf: (x: number) => number,
  yOf: (y: number) => number,
): string {
  const places = points.map(([x, y]) => [xOf(x), yOf(y)] as const);
  const path = places.map(([x, y]) => `${x},${y}`).join(' ');
  const marks = dots
    ? places.map(([x, y]) => `\n<circle class="d${index}" cx="${x}" cy="${y}" r="3.5"/>`).join('')
    : '';
  return `<polyline class="line c${index}" points="${path}"/>${marks}`;
}

function legend(lines: Chart['lines']): string {
  return lines
    .map(({ label }, index) => {
      const y = plot.top + 20 + index * 18;
      return `<rect class="d${index}" x="${plot.left + 12}" y="${y - 9}" width="12" height="3"/>
<text x="${plot.left + 30}" y="${y - 3}">${escape(label)}</text>`;
    })
    .join('\n');
}

/** Four to six round numbers from 0 to at least `most`. */
function ticks(most: number): readonly number[] {
  const rough = most / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step =
    [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? most;
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) =>
    Number((index * step).toPrecision(6)),
  );
}

function round(value: number): number {
  return Number(value.toFixed(1));
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
}
