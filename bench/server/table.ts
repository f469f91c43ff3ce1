/** A report as text for a terminal. */
import { duration, size } from '../engine/table.ts';
import type { FiguresJson, ServerCaseJson, ServerReport } from './report.ts';

const HEAD = [
  'contender',
  'conns',
  'requests/s',
  'p50',
  'p99',
  'p99.9',
  'CPU Envoy',
  'CPU server',
  'CPU/sluice',
  'p99/sluice',
  'server',
  'denied',
] as const;

/** Above it the load may be what was measured. */
const BUSY_MAX = 0.9;

export function renderServerReport(report: ServerReport): string {
  const { machine, cores, versions, leftOut, dissent } = report;
  const { envoy, server, load, shared } = cores;
  const lines = [
    `${machine.cpu}, ${machine.cores} cores, load ${machine.loadAverage.toFixed(1)}; ` +
      `Envoy on ${envoy.join(' and ')}, server on ${server}, load on ${load.join(', ')}` +
      (shared === '' ? '' : `: ${shared}, so that figures are lower than they could be`),
    Object.entries(versions)
      .map(([name, version]) => `${name}: ${version}`)
      .join('; '),
    `medians of ${report.rounds} rounds; CPU is a request's, of Envoy and of the server; ratios: how many times Sluice's`,
    ...report.cases.flatMap((each) => ['', `${each.name}: ${each.about}`, table(each)]),
    ...report.cases.flatMap(notes),
    ...leftOut.map((line) => `left out: ${line}`),
  ];
  if (dissent.length > 0) {
    lines.push('', 'CONTENDERS DISAGREE, so that figures cannot be compared:');
    for (const each of dissent) lines.push(`  ${each.case}: ${each.contender}: ${each.reason}`);
  }
  return `${lines.join('\n')}\n`;
}

function table({ figures }: ServerCaseJson): string {
  const rows = [HEAD, ...figures.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return column === 0 ? cell.padEnd(width) : cell.padStart(width);
        })
        .join('  '),
    )
    .join('\n');
}

function cells(row: FiguresJson): readonly string[] {
  const times = (ratio: number | null): string => (ratio === null ? '' : `${ratio.toFixed(2)}×`);
  return [
    row.contender,
    String(row.connections),
    row.requestsPerSecond.toFixed(row.requestsPerSecond < 100 ? 1 : 0),
    duration(row.p50Us),
    duration(row.p99Us),
    duration(row.p999Us),
    duration(row.envoyCpuUs),
    row.serverBytes === 0 ? '' : duration(row.serverCpuUs),
    times(row.ratioCpu),
    times(row.ratioP99),
    row.serverBytes === 0 ? '' : size(row.serverBytes),
    row.denied === 0 ? '' : String(row.denied),
  ];
}

const notes = ({ name, figures }: ServerCaseJson): readonly string[] =>
  figures.flatMap(({ contender, connections, loadBusy, failed, failures }) => {
    const where = `${name}, ${contender} at ${connections}`;
    return [
      ...(loadBusy > BUSY_MAX
        ? [
            `${where}: the load had ${Math.round(loadBusy * 100)} % of its cores, and may be what was measured`,
          ]
        : []),
      ...(failed > 0 ? [`${where}: ${failed} requests FAILED, by status ${JSON.stringify(failures)}`] : []),
    ];
  });
