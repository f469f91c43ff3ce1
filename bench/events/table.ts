/** A report as text for a terminal. */
import { duration, size } from '../engine/table.ts';
import type { Interval } from './interval.ts';
import type { Traffic } from './measure.ts';
import type { EventsReport } from './run.ts';
import { ABOUT } from './sinks.ts';

const HEAD = [
  'traffic',
  'events',
  'requests/s',
  'p50',
  'p99',
  'p50 ×',
  '',
  'p99 ×',
  '',
  'CPU/request',
  'memory',
];

/** What a spool may cost at most, in times of the p99 without one. */
export const RATIO_P99_MAX = 1.1;

export function renderEvents({ machine, rows, append, options, missing }: EventsReport): string {
  const cells = rows.map((row) => [
    trafficOf(row.traffic),
    row.sink,
    row.requestsPerSecond.toFixed(0),
    duration(row.p50Us),
    duration(row.p99Us),
    ...shown(row.ratioP50),
    ...shown(row.ratioP99),
    duration(row.serverCpuUs),
    size(row.serverBytes),
  ]);
  const all = [HEAD, ...cells];
  const widths = HEAD.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ');
  const beyond = rows.filter(({ ratioP99 }) => ratioP99.median > RATIO_P99_MAX);
  return `${[
    `${machine.cpu}, ${machine.cores} cores, load ${machine.loadAverage.toFixed(1)}; medians of ${options.rounds} rounds of ${options.seconds} s, and where they lie (95 %)`,
    ...Object.entries(ABOUT).map(([name, about]) => `  ${name.padEnd(7)} ${about}`),
    `  open    requests begin at random times, at a part of what "none" can do: what a client waits for, from Envoy's door and back`,
    '  closed  so many connections that each send as soon as they are answered: what a core can do',
    '',
    ...all.map(line),
    '',
    `An event costs the thread that takes it ${append.meanUs.toFixed(1)} µs (p50 ${append.p50Us.toFixed(1)}, p99 ${append.p99Us.toFixed(1)}) and ` +
      `${append.allocatedBytes} bytes of memory; on disk it has ${append.recordBytes} bytes (${append.jsonBytes} as JSON).`,
    `One that is summed up costs ${append.summarisedUs.toFixed(1)} µs.`,
    ...missing.map(
      ({ sink, denied, spooled }) => `${sink}: ${denied} denials, but ${spooled} events: MISSING`,
    ),
    ...rows.flatMap(({ sink, failed }) => (failed > 0 ? [`${sink}: ${failed} requests FAILED`] : [])),
    ...beyond.map(
      ({ sink, traffic }) =>
        `${sink}, ${trafficOf(traffic)}: p99 is more than ${RATIO_P99_MAX} times what it is without events`,
    ),
  ].join('\n')}\n`;
}

const trafficOf = (traffic: Traffic): string =>
  traffic.kind === 'open'
    ? `open, ${Math.round(traffic.part * 100)} %`
    : `closed, ${traffic.connections} conn.`;

const shown = ({ median, from, to }: Interval): readonly string[] => [
  median.toFixed(3),
  `${from.toFixed(2)}–${to.toFixed(2)}`,
];
