/** A report as text for a terminal. */
import { duration, size } from '../engine/table.ts';
import type { PhaseFigures } from './measure.ts';
import type { UploadsReport } from './run.ts';

const HEAD = [
  'GETs',
  'requests',
  'p50',
  'p99',
  'p99.9',
  'p50/alone',
  'p99/alone',
  'server',
  'Envoy',
  'uploads',
];

/** What GETs beside slow uploads may take at most, in times of their p99 alone. */
export const RATIO_P99_MAX = 2;

/** Above it the load may be what was measured. */
const BUSY_MAX = 0.9;

export function renderUploads({ machine, cores, options, phases }: UploadsReport): string {
  const rows = [HEAD, ...phases.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ');
  return `${[
    `${machine.cpu}, ${machine.cores} cores, load ${machine.loadAverage.toFixed(1)}; server on ` +
      `${cores.server.join(' and ')}, Envoy on ${cores.envoy.join(', ')}, load on ${cores.load.join(', ')}`,
    `${options.connections} connections, ${options.uploads} slow uploads, ${options.huge} huge ones; medians of ${options.rounds} rounds`,
    '',
    ...rows.map(line),
    '',
    ...phases.flatMap(notes),
  ].join('\n')}\n`;
}

const cells = (row: PhaseFigures): readonly string[] => [
  row.phase,
  String(row.requests),
  duration(row.p50Us),
  duration(row.p99Us),
  duration(row.p999Us),
  `${row.ratioP50.toFixed(2)}×`,
  `${row.ratioP99.toFixed(2)}×`,
  size(row.serverBytes),
  size(row.envoyBytes),
  row.uploads === 0 ? '' : `${row.open} open, ${size(row.sentBytes)}`,
];

function notes({ phase, failed, failures, refused, refusals, loadBusy, ratioP99 }: PhaseFigures) {
  return [
    ...(failed > 0 ? [`${phase}: ${failed} GETs FAILED, by status ${JSON.stringify(failures)}`] : []),
    ...(refused > 0
      ? [`${phase}: ${refused} uploads were REFUSED, by status ${JSON.stringify(refusals)}`]
      : []),
    ...(ratioP99 > RATIO_P99_MAX
      ? [`${phase}: p99 is more than ${RATIO_P99_MAX} times its value alone`]
      : []),
    ...(loadBusy > BUSY_MAX
      ? [`${phase}: the load had ${Math.round(loadBusy * 100)} % of its cores, and may be what was measured`]
      : []),
  ];
}
