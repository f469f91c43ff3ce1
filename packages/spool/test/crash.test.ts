/** Processes that are killed at any moment: what was acknowledged is read, once, in order. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { SpoolReader } from '../src/index.ts';
import { openReader, openWriter, readAll, recordOf, temporaryFolder } from './support/records.ts';

const WRITER = './fixtures/writer-child.ts';
const READER = './fixtures/reader-child.ts';

const ROUNDS = 12;
const SEED = 20_261_123;
/** Numbers of a round begin here times its number. */
const ROUND = 1_000_000;
/** Records that each second writer has written before it is killed. */
const ROUND_MIN = 100;

/** mulberry32: the same moments each time. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Child {
  readonly process: ChildProcess;
  readonly lines: string[];
  /** Resolves when it has said something. */
  readonly begun: Promise<unknown>;
  kill(): Promise<void>;
}

function start(name: string, ...options: string[]): Child {
  const file = resolve(import.meta.dirname, name);
  const child = spawn(process.execPath, [file, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  return {
    process: child,
    lines,
    begun: once(reader, 'line'),
    async kill() {
      const closed = once(reader, 'close');
      child.kill('SIGKILL');
      await closed;
    },
  };
}

/** Everything that there is, and no more of it is missing than `acknowledged` says. */
async function readUpTo(reader: SpoolReader, acknowledged: number): Promise<number[]> {
  const numbers: number[] = [];
  while (numbers.length < acknowledged) {
    const entries = await reader.read({ recordsMax: 500, bytesMax: 10_000_000, waitMillis: 60_000 });
    const last = entries.at(-1);
    if (last === undefined) break;
    numbers.push(...entries.map(({ record }) => Number(record.document.number)));
    await reader.commit(last.position);
  }
  return [...numbers, ...(await readAll(reader))];
}

it.each(['never', 'always'])('a writer that is killed: fsync %s', async (fsync) => {
  const directory = await temporaryFolder();
  const reader = await openReader(directory);
  const random = randomOf(SEED);
  let [acknowledged, read] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const writer = start(WRITER, directory, String(round * ROUND), fsync);
    await writer.begun;
    // Each second one may be killed before it has written anything.
    if (round % 2 === 0) {
      await expect.poll(() => Number(writer.lines.at(-1)), { timeout: 120_000 }).toBeGreaterThan(ROUND_MIN);
    }
    await sleep(random() * 100);
    await writer.kill();
    const own = Number(writer.lines.at(-1));
    const numbers = await readUpTo(reader, own);
    expect(numbers.length).toBeGreaterThanOrEqual(own);
    expect(numbers).toEqual(numbers.map((_, index) => round * ROUND + index));
    acknowledged += own;
    read += numbers.length;
  }
  expect(reader.stats).toMatchObject({ read, lost: 0 });
  expect(acknowledged).toBeGreaterThan((ROUNDS / 2) * ROUND_MIN);
});

it('a writer and a reader that are killed, each when it hits', async () => {
  const directory = await temporaryFolder();
  const random = randomOf(SEED + 1);
  let acknowledged = 0;
  const places = new Map<string, number>();
  let committed = 0;
  const take = (lines: readonly string[]): void => {
    let isFirst = true;
    for (const line of lines) {
      const {
        read = [],
        committed: upTo,
        lost = 0,
      } = JSON.parse(line) as {
        read?: [number, string][];
        committed?: number;
        lost?: number;
      };
      for (const [number, place] of read) {
        expect(places.get(place) ?? number).toBe(number);
        if (isFirst)
          expect(places.size, 'what was committed comes no more').toBeGreaterThanOrEqual(committed);
        places.set(place, number);
        isFirst = false;
      }
      expect(lost).toBe(0);
      committed = upTo ?? committed;
    }
  };
  for (let round = 0; round < ROUNDS; round++) {
    const writer = start(WRITER, directory, String(round * ROUND));
    const readers = [start(READER, directory)];
    await Promise.all([writer.begun, readers[0]!.begun]);
    await sleep(random() * 60);
    await readers[0]!.kill();
    take(readers[0]!.lines);
    await sleep(random() * 60);
    await writer.kill();
    acknowledged += Number(writer.lines.at(-1));
  }
  const rest = start(READER, directory);
  // By what it has committed: silence alone may be a slow disk.
  const isThrough = (): boolean =>
    rest.lines.some((line) => (JSON.parse(line) as { committed?: number }).committed! >= acknowledged);
  await expect.poll(isThrough, { timeout: 60_000, interval: 200 }).toBe(true);
  await rest.kill();
  take(rest.lines);
  const numbers = [...places.values()];
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(numbers.length).toBeGreaterThanOrEqual(acknowledged);
  for (let round = 0; round < ROUNDS; round++) {
    const own = numbers.filter((number) => Math.floor(number / ROUND) === round);
    expect(own).toEqual(own.map((_, index) => round * ROUND + index));
  }
});

it('a reader that is slower than the cap loses exactly what it is told', async () => {
  const directory = await temporaryFolder();
  const writer = await openWriter(directory, { limits: { bytesMax: 1_048_576, segmentBytes: 65_536 } });
  const reader = await openReader(directory);
  const random = randomOf(SEED + 2);
  const read: number[] = [];
  let sent = 0;
  for (let step = 0; step < 200; step++) {
    for (let each = 0; each < 40; each++, sent++) writer.append(recordOf(sent, Math.floor(random() * 2_000)));
    await writer.flush();
    if (random() < 0.7) continue;
    const entries = await reader.read({ recordsMax: 60, bytesMax: 100_000 });
    read.push(...entries.map(({ record }) => Number(record.document.number)));
    await reader.commit(entries.at(-1)!.position);
  }
  read.push(...(await readAll(reader)));
  expect(read).toEqual([...new Set(read)].sort((a, b) => a - b));
  expect(read.length + reader.stats.lost).toBe(sent);
  expect(reader.stats.lost).toBeGreaterThan(0);
});
