/** Shippers that follow each other on the same spools, as the pods of an upgrade do. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SpoolWriter } from '@sluice/spool';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Clock, SYSTEM_CLOCK } from '../src/clock.ts';
import { Shipper, shipSchema } from '../src/index.ts';
import { records } from './fixtures/list-source.ts';

/** Looks for spools every 100 ms instead of every ten seconds. */
const FAST: Clock = { ...SYSTEM_CLOCK, sleep: (millis, signal) => SYSTEM_CLOCK.sleep(millis / 100, signal) };

let directory = '';
let said: string[] = [];
const tell = (_: object, message: string): void => void said.push(message);
const log = { info: tell, warn: tell, error: tell };

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-shipper-'));
  said = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function fill(spool: string, from: number, count: number): Promise<void> {
  const path = join(directory, 'spool', spool);
  mkdirSync(path, { recursive: true });
  const writer = await SpoolWriter.open({ directory: path });
  for (const each of records(from + count).slice(from)) writer.append(each);
  await writer.close();
}

/** As the chart has it: a state of its own for each pod, and the spools of all. */
function open(pod: string, once = false): Promise<Shipper> {
  const state = join(directory, pod);
  mkdirSync(state);
  const config = shipSchema.parse({
    spools: [join(directory, 'spool/*')],
    state,
    sinks: [{ type: 'ndjson', path: join(directory, `${pod}.ndjson`) }],
  });
  return Shipper.open({ config, log, once, clock: FAST });
}

/** What both have written. */
const ids = (): readonly string[] =>
  ['pod-a', 'pod-b']
    .map((pod) => join(directory, `${pod}.ndjson`))
    .filter((path) => existsSync(path))
    .flatMap((path) => readFileSync(path, 'utf8').split('\n').filter(Boolean));

const ready = { timeout: 30_000, interval: 20 };

it('one that begins beside another waits for its spools, and goes on where that one ends', async () => {
  await fill('pod-a', 0, 10);
  const first = await open('pod-a');
  const firstRuns = first.run();
  await expect.poll(() => ids().length, ready).toBe(10);
  const second = await open('pod-b');
  const secondRuns = second.run();
  expect(said).toEqual(['another shipper reads this spool: waiting until it ends']);
  // Whichever of the two sees the new pod's spool first.
  await fill('pod-b', 10, 5);
  await expect.poll(() => ids().length, ready).toBe(15);
  first.stop();
  await firstRuns;
  await first.close();
  await fill('pod-a', 15, 5);
  await fill('pod-b', 20, 5);
  await expect.poll(() => ids().length, ready).toBe(25);
  expect(new Set(ids()).size).toBe(25);
  expect(said).toContain('the spool is free: reading it from here on');
  second.stop();
  await secondRuns;
  await second.close();
});

it('one that is to end with the spools does not wait', async () => {
  await fill('pod-a', 0, 10);
  const first = await open('pod-a');
  try {
    await expect(open('pod-b', true)).rejects.toMatchObject({ code: 'SPOOL_IN_USE' });
  } finally {
    await first.close();
  }
});
