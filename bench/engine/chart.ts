/** A report as a chart: SVG that follows the reader's light or dark. */
import type { BenchReport, CaseJson, ContenderJson } from './report.ts';
import { duration, size } from './table.ts';

const CONTENDERS = ['sluice', 'coraza', 'corazaPrefilter', 'libmodsecurity'] as const;
type Shown = (typeof CONTENDERS)[number];

const LABELS: Readonly<Record<Shown, string>> = {
  sluice: 'Sluice',
  coraza: 'Coraza',
  corazaPrefilter: 'Coraza with SecRxPreFilter',
  libmodsecurity: 'libmodsecurity',
};

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 } .small, .axis { font-size: 11px; fill: #59636e }
  .page { fill: #fff } .grid { stroke: #d1d9e0; stroke-width: 1 } .whisker { stroke: #59636e; stroke-width: 1.5 }
  .sluice { fill: #0969da } .coraza { fill: #8250df } .corazaPrefilter { fill: #bf8700 } .libmodsecurity { fill: #57606a }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .small, .axis { fill: #9198a1 } .page { fill: #0d1117 }
    .grid { stroke: #3d444d } .whisker { stroke: #9198a1 }
    .sluice { fill: #4493f8 } .coraza { fill: #ab7df8 } .corazaPrefilter { fill: #d29922 } .libmodsecurity { fill: #8b949e }
  }`;

const WIDTH = 960;
const LEFT = 210;
const RIGHT = 250;
const PLOT = WIDTH - LEFT - RIGHT;
const BAR = 11;
const GAP = 16;
const TOP = 92;

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`).replace(/[\x00-\x1f]/g, ' ');

const text = (x: number, y: number, content: string, extra = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${extra}>${escaped(content)}</text>`;

/** Fits beside the bars. */
const shortened = (text: string): string => (text.length > 34 ? `${text.slice(0, 33)}…` : text);

/** Times on a logarithmic axis: what is twice as long is as much further right anywhere. */
interface Axis {
  readonly from: number;
  readonly to: number;
  x(micros: number): number;
}

function axisOf(cases: readonly CaseJson[]): Axis {
  const times = cases.flatMap((each) =>
    CONTENDERS.flatMap((name) => [each[name]?.p50Us ?? [], each[name]?.p99Us ?? []].flat()),
  );
  const from = 10 ** Math.floor(Math.log10(Math.min(...times)));
  const to = 10 ** Math.ceil(Math.log10(Math.max(...times, from * 10)));
  const decades = Math.log10(to / from);
  return { from, to, x: (micros) => LEFT + (PLOT * Math.log10(Math.max(micros, from) / from)) / decades };
}

export function renderChart(report: BenchReport): string {
  const cases = [...report.cases, ...rowCases(report)];
  const shown = CONTENDERS.filter((name) => cases.some((each) => each[name] !== undefined));
  const axis = axisOf(cases);
  const parts: string[] = [];
  let y = TOP;
  for (const each of cases) {
    const present = shown.filter((name) => each[name] !== undefined);
    parts.push(text(LEFT - 12, y + (present.length * BAR) / 2, each.name, 'text-anchor="end"'));
    parts.push(
      text(
        LEFT - 12,
        y + (present.length * BAR) / 2 + 13,
        shortened(each.about),
        'text-anchor="end" class="small"',
      ),
    );
    for (const name of present) {
      const figures = each[name];
      if (figures !== undefined) parts.push(bar(axis, y, name, figures, labelOf(each, name)));
      y += BAR;
    }
    y += Math.max(GAP, 30 - present.length * BAR);
  }
  const foot = footLines(report);
  const height = y + 24 + foot.length * 17;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>${escaped(title(report))}</title><style>${STYLE}</style>`,
    `<rect class="page" width="${WIDTH}" height="${height}"/>`,
    text(20, 28, title(report), 'class="title"'),
    text(
      20,
      46,
      'Bar: median; line: to the 99th percentile; ×: how many times as long as Sluice.',
      'class="small"',
    ),
    legend(shown),
    grid(axis, y),
    ...parts,
    ...foot.map((line, index) => text(20, y + 28 + index * 17, line, 'class="small"')),
    '</svg>',
    '',
  ].join('\n');
}

/** Cases of the rows beside, told apart by the row's name. */
const rowCases = ({ rows }: BenchReport): readonly CaseJson[] =>
  rows.flatMap(({ name, cases }) => cases.map((each) => ({ ...each, about: name })));

const title = ({ rules }: BenchReport): string =>
  `Time to inspect a request${rules.crs ? `, OWASP CRS at paranoia level ${rules.paranoia}` : ''}`;

function bar(axis: Axis, y: number, name: Shown, { p50Us, p99Us }: ContenderJson, label: string): string {
  const [end, far] = [axis.x(p50Us), axis.x(p99Us)];
  const middle = y + BAR / 2;
  return [
    `<rect class="${name}" x="${LEFT}" y="${y}" width="${(end - LEFT).toFixed(1)}" height="${BAR - 2}"/>`,
    `<line class="whisker" x1="${end.toFixed(1)}" x2="${far.toFixed(1)}" y1="${middle - 1}" y2="${middle - 1}"/>`,
    text(Math.max(end, far) + 6, y + BAR - 2, label, 'class="small"'),
  ].join('');
}

function labelOf(each: CaseJson, name: Shown): string {
  const figures = each[name];
  if (figures === undefined) return '';
  const ratio = name === 'sluice' ? undefined : each.ratio[name];
  const heap = each.sluice.heapBytes;
  const heapText = name === 'sluice' && typeof heap === 'number' ? `, heap ${size(heap)}` : '';
  const p99 = `${duration(figures.p50Us)}, p99 ${duration(figures.p99Us)}`;
  return `${p99}${ratio === undefined ? '' : `, ${ratio.toFixed(1)}×`}${heapText}`;
}

function legend(shown: readonly Shown[]): string {
  let x = 20;
  const parts: string[] = [];
  for (const name of shown) {
    parts.push(`<rect class="${name}" x="${x}" y="58" width="10" height="10"/>`);
    parts.push(text(x + 15, 67, LABELS[name]));
    x += 40 + LABELS[name].length * 7;
  }
  return parts.join('');
}

function grid({ from, to, x }: Axis, bottom: number): string {
  const parts: string[] = [];
  for (let at = from; at <= to * 1.001; at *= 10) {
    parts.push(
      `<line class="grid" x1="${x(at).toFixed(1)}" x2="${x(at).toFixed(1)}" y1="${TOP - 8}" y2="${bottom}"/>`,
    );
    parts.push(
      text(x(at), TOP - 12, duration(at).replace(/\.0+ /, ' '), 'text-anchor="middle" class="axis"'),
    );
  }
  return parts.join('');
}

function footLines({ machine, versions, memory, start, date }: BenchReport): readonly string[] {
  const memoryOf = (name: string): string =>
    Object.entries(memory.byContender[name] ?? {})
      .map(([level, bytes]) => `${size(bytes)} at ${level.toUpperCase()}`)
      .join(', ');
  const engines = Object.entries(versions).map(([name, version]) => {
    const first = start[name];
    const parts = [
      `${LABELS[name as Shown] ?? name} ${version}`,
      memoryOf(name) === '' ? '' : `resident ${memoryOf(name)}`,
      first === undefined ? '' : `first verdict after ${duration(first.firstVerdictMs * 1_000)}`,
    ];
    return parts.filter((part) => part !== '').join('; ');
  });
  const core = machine.core === null ? 'unpinned' : 'all engines on one core';
  return [
    ...engines,
    `${machine.cpu}, ${core}, load ${machine.loadAverage.toFixed(1)}, ${date.slice(0, 10)}`,
  ];
}
