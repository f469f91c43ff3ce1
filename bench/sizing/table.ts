/** A report as text for a terminal. */
import { duration, size } from '../engine/table.ts';
import type { SizingReport, SizingRow, UploadMemory } from './report.ts';

const HEAD = [
  'cores',
  'PL',
  'request',
  'requests/s',
  'p50',
  'p99',
  'CPU Sluice',
  'CPU Envoy',
  'busy',
  'capacity/s',
  'MB',
] as const;

/** Columns that are words. */
const LEFT = new Set(['request']);

export function renderSizing({ machine, places, connections, rows, memory }: SizingReport): string {
  const { sluice, envoy, load, shared } = places;
  const lines = [
    `${machine.cpu}, ${machine.cores} cores, load ${machine.loadAverage.toFixed(1)}; Sluice on ${sluice.join(', ')}, ` +
      `Envoy on ${envoy.join(', ')}, load on ${load.join(', ')}${shared === '' ? '' : `: ${shared}`}`,
    `${connections} connections; CPU is a request's; capacity: Sluice's cores over CPU Sluice; MB: resident at most`,
    '',
    ...aligned([HEAD, ...rows.map(cells)]),
    ...rows.flatMap(failure),
  ];
  if (memory.length > 0) lines.push('', ...memory.map(beside));
  return `${lines.join('\n')}\n`;
}

const number = (value: number): string => value.toFixed(value < 100 ? 1 : 0);

const cells = (row: SizingRow): readonly string[] => [
  String(row.cores),
  String(row.paranoia),
  row.about,
  number(row.requestsPerSecond),
  duration(row.p50Us),
  duration(row.p99Us),
  duration(row.sluiceCpuUs),
  duration(row.envoyCpuUs),
  `${Math.round(row.sluiceBusy * 100)} %`,
  number(row.capacityPerSecond),
  (row.peakBytes / 1e6).toFixed(0),
];

const failure = ({ cores, paranoia, case: name, failed }: SizingRow): readonly string[] =>
  failed === 0 ? [] : [`${cores} core(s), PL ${paranoia}, ${name}: ${failed} requests FAILED`];

const beside = (each: UploadMemory): string =>
  `${each.uploads} at once, ${each.about}: Sluice ${size(each.beforeBytes)} before, ${size(each.peakBytes)} at most; ` +
  `Envoy ${size(each.envoyPeakBytes)}; answers ${JSON.stringify(each.statuses)}`;

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number): string =>
    LEFT.has(HEAD[column] ?? '') ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join('  '));
}
