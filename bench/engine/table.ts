/** A report as text for a terminal. */
import type { BenchReport, CaseJson, ContenderJson } from './report.ts';

const PEER_COLUMNS = ['coraza', 'corazaPrefilter', 'libmodsecurity'] as const;

/** Three digits that count: "1.23 ms". */
export function duration(micros: number): string {
  if (micros >= 1e6) return `${digits(micros / 1e6)} s`;
  return micros >= 1_000 ? `${digits(micros / 1_000)} ms` : `${digits(micros)} µs`;
}

export function size(bytes: number): string {
  if (bytes >= 1e6) return `${digits(bytes / 1e6)} MB`;
  return bytes >= 1_000 ? `${digits(bytes / 1_000)} KB` : `${digits(bytes)} B`;
}

const digits = (value: number): string => value.toFixed(value >= 99.5 ? 0 : value >= 9.95 ? 1 : 2);

const HEAD = [
  'case',
  'requests',
  'denied',
  'size',
  'p50',
  'p99',
  'processor',
  'ns/byte',
  'cold',
  'heap',
  'known',
] as const;

export function renderReport(report: BenchReport): string {
  const { machine, versions, dissent, leftOut } = report;
  const where = machine.core === null ? 'in one process, unpinned' : `all on core ${machine.core}`;
  const parts = [
    `${machine.cpu}, ${machine.cores} cores, ${where}, load ${machine.loadAverage.toFixed(1)}`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join('; '),
    '',
    `${report.rules.crs ? `CRS, paranoia level ${report.rules.paranoia}` : 'own rules'}; times of Sluice, and how many times as long others take (median, and processor time)`,
    table(report.cases),
    ...report.rows.flatMap(({ name, cases }) => ['', name, table(cases)]),
    ...memoryLines(report),
    ...notes(report.cases),
    ...leftOut.map((line) => `left out: ${line}`),
  ];
  if (dissent.length > 0) {
    parts.push('', 'ENGINES DISAGREE, so that times cannot be compared:');
    for (const { case: name, contender, verdict, expected, request } of dissent)
      parts.push(`  ${name}: ${contender} says ${verdict} instead of ${expected}: ${request}`);
  }
  return `${parts.join('\n')}\n`;
}

function table(cases: readonly CaseJson[]): string {
  const peers = PEER_COLUMNS.filter((name) => cases.some((each) => each[name] !== undefined));
  const rows = cases.map((each) => [...ownCells(each), ...peers.map((name) => peerCell(each, name))]);
  return aligned([[...HEAD, ...peers], ...rows]);
}

function ownCells({ name, requests, denied, bytes, sluice }: CaseJson): readonly string[] {
  const { p50Us, p99Us, cpuUs, nsPerByte, coldUs, heapBytes, rememberedShare } = sluice;
  const heap = heapBytes === undefined || heapBytes === null ? '' : size(heapBytes);
  return [
    name,
    String(requests),
    denied === 0 ? '' : String(denied),
    size(bytes),
    duration(p50Us),
    duration(p99Us),
    duration(cpuUs),
    digits(nsPerByte),
    duration(coldUs),
    heap,
    rememberedShare === undefined ? '' : `${Math.round(rememberedShare * 100)} %`,
  ];
}

function peerCell(each: CaseJson, name: (typeof PEER_COLUMNS)[number]): string {
  const figures: ContenderJson | undefined = each[name];
  if (figures === undefined) return '';
  const [wall, cpu] = [each.ratio[name], each.ratioCpu[name]];
  const ratios =
    wall === undefined || cpu === undefined ? 'not compared' : `${wall.toFixed(2)}× ${cpu.toFixed(2)}×`;
  return `${duration(figures.p50Us)} ${ratios}`;
}

/** The first column to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}

function memoryLines({ memory, start }: BenchReport): readonly string[] {
  const names = Object.keys(memory.byContender);
  if (names.length === 0) return [];
  const levels = [...new Set(Object.values(memory.byContender).flatMap((each) => Object.keys(each)))].sort();
  const rows = names.map((name) => [
    name,
    ...levels.map((level) => size(memory.byContender[name]?.[level] ?? Number.NaN)),
    duration((start[name]?.loadMs ?? Number.NaN) * 1_000),
    duration((start[name]?.firstVerdictMs ?? Number.NaN) * 1_000),
  ]);
  const head = ['', ...levels.map((level) => `resident, ${level.toUpperCase()}`), 'load', 'first verdict'];
  return ['', aligned([head, ...rows])];
}

const notes = (cases: readonly CaseJson[]): readonly string[] =>
  cases.flatMap(({ name, note }) => (note === undefined ? [] : [`${name}: ${note}`]));
