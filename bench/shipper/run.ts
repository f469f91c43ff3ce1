/** The shipper beside the bulk helper of the same client: node bench/main.ts shipper --help */
import { BenchError } from '../engine/errors.ts';
import { size } from '../engine/table.ts';
import { readOptions, wholeWithin } from '../options.ts';
import { ABOUT, LIMITED_MILLI_CORES, SERVERS, type ServerName } from './servers.ts';
import { runShipperSuite, type ShipperReport, type ShipperRow } from './suite.ts';

const HELP = `Usage: sluice bench shipper [options]

The same events from the same spool to the same server, in turns: by Sluice's shipper, and by client.helpers.bulk of
@elastic/elasticsearch, given documents as objects (helpers) and as JSON text (helpers-text). Each turn is a process of its own, on a core of its
own; the server has the others. Beside them requests that were made before the clock ran (prepared): what the server takes at most.

  --servers NAMES   with commas between, or "all" (default):
${SERVERS.map((name) => `                      ${name.padEnd(14)} ${ABOUT[name]}`).join('\n')}
  --events N        of each turn (default: 50000)
  --rounds N        medians are told (default: 3)
  --plain           requests are not compressed
  --json            one object on standard output instead of a table

Exit status: 0; 1 where the shipper has lost an event.
`;

export async function runShipper(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const values = readOptions('bench shipper', args, {
    servers: { type: 'string', default: 'all' },
    events: { type: 'string', default: '50000' },
    rounds: { type: 'string', default: '3' },
    plain: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  });
  const options = {
    servers: serversNamed(values.servers),
    events: wholeWithin('--events', values.events, 1, 9_999_999),
    rounds: wholeWithin('--rounds', values.rounds, 1, 99),
    compress: !values.plain,
  };
  const report = await runShipperSuite(options, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : render(report));
  const lost = report.rows.some(({ contender, stored }) => contender === 'sluice' && stored < report.events);
  return lost ? 1 : 0;
}

const ABOUT_ROWS: readonly string[] = [
  `  limited   who ships has ${LIMITED_MILLI_CORES} thousandths of a core`,
  '  prepared  requests made before the clock ran: what the server takes at most',
];

function serversNamed(text: string): readonly ServerName[] {
  if (text === 'all') return SERVERS;
  return text.split(',').map((name) => {
    const known = SERVERS.find((each) => each === name);
    if (known !== undefined) return known;
    const reason = `${name} is none; there are ${SERVERS.join(', ')}`;
    throw new BenchError('BENCH_OPTION', { option: '--servers', reason });
  });
}

function render({ events, eventBytes, rounds, compress, cores, rows, leftOut }: ShipperReport): string {
  const head = `${'server'.padEnd(14)} ${'contender'.padEnd(13)} ${'events/s'.padStart(9)} ${'CPU/event'.padStart(10)} ${'peak'.padStart(8)} ${'lost'.padStart(8)}`;
  return `${[
    `${events} events of ${size(eventBytes)}, ${compress ? 'compressed' : 'plain'}, medians of ${rounds} rounds; who ships has core ${cores.contender}, the server ${cores.server.join(', ')}`,
    ...ABOUT_ROWS,
    '',
    head,
    ...rows.map((row) => line(row, events)),
    '',
    ...rows.filter(({ contender }) => contender === 'sluice').map((own) => compared(own, rows)),
    ...leftOut,
  ].join('\n')}\n`;
}

const line = (row: ShipperRow, events: number): string =>
  `${row.server.padEnd(14)} ${row.contender.padEnd(13)} ${String(Math.round(row.eventsPerSecond)).padStart(9)} ` +
  `${`${row.cpuMicrosPerEvent.toFixed(1)} µs`.padStart(10)} ${size(row.peakBytes).padStart(8)} ` +
  `${String(events - row.stored).padStart(8)}`;

function compared(own: ShipperRow, rows: readonly ShipperRow[]): string {
  const others = rows.filter(
    ({ server, contender }) => server === own.server && contender.startsWith('helpers'),
  );
  const parts = others.map(
    (other) =>
      `${(own.eventsPerSecond / other.eventsPerSecond).toFixed(2)} times the events a second of ${other.contender}, ` +
      `${(own.cpuMicrosPerEvent / other.cpuMicrosPerEvent).toFixed(2)} of its processor time, ` +
      `${(own.peakBytes / other.peakBytes).toFixed(2)} of its memory`,
  );
  const most = rows.find(({ server, contender }) => server === own.server && contender === 'prepared');
  const part =
    most === undefined
      ? []
      : [`${((100 * own.eventsPerSecond) / most.eventsPerSecond).toFixed(0)} % of what the server takes`];
  return `${own.server}: ${[...parts, ...part].join('; ')}`;
}
