/**
 * A process that writes events to a spool until it is told to stop or is killed: node crash-writer.ts OPTIONS. It says on standard
 * output how many of its events the spool has acknowledged, each time behind the acknowledgement: what it said before it died
 * must be in the store.
 */
import { SpoolWriter } from '@sluice/spool';

export interface CrashWriterOptions {
  readonly directory: string;
  /** Ids of its events begin with it: no other run has it. */
  readonly run: string;
  readonly perSecond: number;
  readonly bytesMax: number;
}

export const eventId = (run: string, number: number): string => `${run}-${String(number).padStart(9, '0')}`;

const TICK_MILLIS = 10;
/** A disk that is full at the end keeps no test waiting. */
const CLOSE_MILLIS_MAX = 10_000;

const documentOf = (id: string, run: string, now: number) => ({
  '@timestamp': new Date(now).toISOString(),
  ecs: { version: '9.0.0' },
  event: { id, kind: 'event', dataset: 'sluice.waf', action: 'deny' },
  source: { ip: '192.0.2.7' },
  url: { original: `/search?q=1%27+OR+1%3D1--&n=${id}`, path: '/search' },
  waf: {
    schema: 1,
    policy: 'shop',
    would_block: false,
    rules: [{ id: '942100', message: 'SQL Injection Attack Detected via libinjection', score: 5 }],
    process: run,
  },
});

async function main(): Promise<void> {
  const { directory, run, perSecond, bytesMax }: CrashWriterOptions = JSON.parse(process.argv[2] ?? '{}');
  const writer = await SpoolWriter.open({ directory, whenFull: 'dropNewest', limits: { bytesMax } });
  const beganAt = performance.now();
  let given = 0;
  let taken = 0;
  const timer = setInterval(() => {
    const now = Date.now();
    const due = Math.floor(((performance.now() - beganAt) / 1_000) * perSecond);
    // What a stall has left behind is not made up for at once: the next ticks have their own.
    for (const end = Math.min(due, given + perSecond); given < end; given++) {
      const id = eventId(run, taken);
      // What the spool drops was promised to nobody; its number goes to the next.
      if (writer.append({ dataSet: 'waf', id, source: '192.0.2.7', document: documentOf(id, run, now) }))
        taken++;
    }
    tell(writer);
  }, TICK_MILLIS);
  process.once('SIGTERM', () => {
    clearInterval(timer);
    void writer.close(CLOSE_MILLIS_MAX).then(() => tell(writer));
  });
}

function tell(writer: SpoolWriter): void {
  const { acknowledged, dropped, failures } = writer.stats;
  const lost = dropped.buffer.waf + dropped.newest.waf;
  process.stdout.write(`${JSON.stringify({ acknowledged, dropped: lost, failures })}\n`);
}

if (import.meta.main) await main();
