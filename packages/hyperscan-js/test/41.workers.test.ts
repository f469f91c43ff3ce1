import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { compile, fromShared, Scanner } from '../src/index.ts';
import { batchOf, codeOf, pairsOf, patternsOf } from './fixtures/helpers.ts';

const SCRIPT = new URL('./fixtures/scan-worker.ts', import.meta.url);

/** The distinct answers of a worker, once it has ended. */
async function answersOf(token: number, values: readonly string[], rounds: number): Promise<string[]> {
  const worker = new Worker(SCRIPT, { workerData: { token, values, rounds } });
  const ended = once(worker, 'exit');
  const [answers] = await once(worker, 'message');
  await ended;
  return answers;
}

describe('worker threads', () => {
  const values = Array.from({ length: 300 }, (_, i) => `${'x'.repeat(i)}word${i}y${i % 7 === 0 ? '<' : ''}`);
  const patterns = patternsOf([...Array.from({ length: 100 }, (_, i) => `word${3 * i}y`), '[<>]']);

  it('scan with one database, all with the right results', async () => {
    const database = compile(patterns);
    const scanner = new Scanner(database);
    const { arena, offsets, count } = batchOf(values);
    const out = new Uint32Array(8192);
    const expected = pairsOf(out, scanner.scanBatch(arena, offsets, count, out)).join();
    expect(expected.split(',')).toHaveLength(100 + 43);
    const workers = Array.from({ length: 4 }, () => answersOf(database.share(), values, 200));
    for (const answers of await Promise.all(workers)) expect(answers).toEqual([expected]);
    expect(pairsOf(out, scanner.scanBatch(arena, offsets, count, out)).join()).toBe(expected);
  }, 60_000);

  it('give their hold up when they end', async () => {
    const database = compile(patternsOf(['a']));
    const token = database.share();
    await answersOf(token, ['a'], 1);
    database.close();
    expect(codeOf(() => fromShared(token))).toBe('HS_UNKNOWN_TOKEN');
  }, 60_000);

  it('are told of a token that nobody holds', async () => {
    const database = compile(patternsOf(['a']));
    const token = database.share();
    database.close();
    const worker = new Worker(SCRIPT, { workerData: { token, values: [], rounds: 0 } });
    const [error] = await once(worker, 'error');
    expect(error).toMatchObject({ code: 'HS_UNKNOWN_TOKEN' });
  }, 60_000);
});
