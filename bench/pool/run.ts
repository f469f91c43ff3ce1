/** The worker pool by itself: node bench/main.ts pool [--uploads N] [--seconds N] [--threads N] [--json] */
import { parseArgs } from 'node:util';
import { BenchError } from '../engine/errors.ts';
import { duration } from '../engine/table.ts';
import { type HopRow, measureHop } from './hop.ts';
import { stand } from './stand.ts';
import { measureUploads, type Times, type UploadResult } from './uploads.ts';

const HELP = `Usage: sluice bench pool [options]

What a worker costs beside inspecting on the thread that speaks with Envoy; then GETs at a steady rate, alone and beside
slow uploads. In one process with the CRS, without network and Envoy.

  --uploads <n>    uploads at once, each 16 KB a second (1000)
  --seconds <n>    of GETs in each of three turns (5)
  --rate <n>       GETs a second (200)
  --requests <n>   of each case, for what a worker costs (1000)
  --threads <n>    workers (2)
  --json           one JSON object
`;

const TURNS = 3;

export async function runPool(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      uploads: { type: 'string', default: '1000' },
      seconds: { type: 'string', default: '5' },
      rate: { type: 'string', default: '200' },
      requests: { type: 'string', default: '1000' },
      threads: { type: 'string', default: '2' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const inspector = await stand(count('threads', values.threads));
  try {
    const hop = await measureHop(inspector, count('requests', values.requests));
    const uploads = await measureUploads(inspector, {
      uploads: count('uploads', values.uploads),
      seconds: count('seconds', values.seconds),
      rate: count('rate', values.rate),
      turns: TURNS,
    });
    const text = values.json ? `${JSON.stringify({ hop, uploads })}\n` : format(hop, uploads);
    process.stdout.write(text);
  } finally {
    await inspector.close();
  }
  return 0;
}

function count(option: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw new BenchError('BENCH_OPTION', { option, reason: 'not a number above 0' });
  return Number(text);
}

function format(hop: readonly HopRow[], { alone, beside, chunks, bytes }: UploadResult): string {
  const rows = hop.map(
    (row) =>
      `${row.case.padEnd(10)} ${duration(row.inline).padStart(10)} ${duration(row.pool).padStart(10)}` +
      `  ${row.place}`,
  );
  const line = (name: string, { p50, p99, p999 }: Times): string =>
    `${name.padEnd(22)} ${duration(p50).padStart(9)} ${duration(p99).padStart(9)} ${duration(p999).padStart(9)}`;
  const ratio = (beside.p99 / alone.p99).toFixed(2);
  return `${[
    'case       this thread     worker  placed',
    ...rows,
    '',
    `${'GET'.padEnd(22)}       p50       p99     p99.9`,
    line('alone', alone),
    line('beside uploads', beside),
    `p99 beside uploads is ${ratio} times its value alone; ${chunks} chunks, ${Math.round(bytes / 1e6)} MB`,
  ].join('\n')}\n`;
}
