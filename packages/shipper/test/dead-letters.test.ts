import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeadLetterFiles } from '../src/dead/dead-letters.ts';
import { sendAgain } from '../src/dead/send-again.ts';
import { STORED } from '../src/sink.ts';
import { record, records } from './fixtures/list-source.ts';
import { StoreSink } from './fixtures/store-sink.ts';

const NEVER = new AbortController().signal;

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-dead-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const dead = (number: number, code = 'poison') => ({
  record: record(number),
  bytes: 100,
  code,
  reason: 'no',
});

async function lettersIn(files: DeadLetterFiles) {
  const all = await Promise.all((await files.files()).map(({ path }) => files.read(path)));
  return all.flatMap(({ letters }) => letters);
}

describe('dead letters', () => {
  it('are files of their own, that only this user reads', async () => {
    const files = new DeadLetterFiles({ directory, sink: 'store' });
    await files.put([dead(1), dead(2)], '/spool');
    await files.put([dead(3)], '/spool');
    const names = readdirSync(files.directory);
    expect(names).toHaveLength(2);
    expect(statSync(join(files.directory, names[0] ?? '')).mode & 0o777).toBe(0o600);
    const letters = await lettersIn(files);
    expect(letters.map(({ record: { id } }) => id)).toEqual([1, 2, 3].map((number) => record(number).id));
    expect(letters[0]).toMatchObject({ sink: 'store', spool: '/spool', code: 'poison', record: record(1) });
  });

  it('make room for newer ones, and say so', async () => {
    let dropped = 0;
    const files = new DeadLetterFiles({
      directory,
      sink: 'store',
      filesMax: 3,
      onDropped: (count) => {
        dropped += count;
      },
    });
    for (const number of [1, 2, 3, 4, 5]) await files.put([dead(number)], '/spool');
    expect(dropped).toBe(2);
    expect((await lettersIn(files)).map(({ record: { document } }) => document.number)).toEqual([3, 4, 5]);
  });

  it('are removed when the sink takes them, and stay with the new reason when it does not', async () => {
    const files = new DeadLetterFiles({ directory, sink: 'store' });
    await files.put(
      records(1_200).map((each) => ({ record: each, bytes: 1, code: 'poison', reason: 'no' })),
      '/s',
    );
    await files.put([dead(5_000, 'other')], '/s');
    const sink = new StoreSink((given) =>
      given.map(({ document }) =>
        Number(document.number) % 100 === 7 ? { kind: 'dead', code: 'still', reason: 'never' } : STORED,
      ),
    );
    const sent = await sendAgain(files, sink, ({ code }) => code === 'poison', NEVER);
    expect(sent).toEqual({ stored: 1_188, left: 12 });
    // An earlier attempt may have been ended behind the sending.
    expect(sink.deliveries.every(({ repeated }) => repeated)).toBe(true);
    const left = await lettersIn(files);
    expect(left.map(({ code }) => code).toSorted()).toEqual(['other', ...Array(12).fill('still')]);
  });

  it('are all there still when the sink is away', async () => {
    const files = new DeadLetterFiles({ directory, sink: 'store' });
    await files.put([dead(1), dead(2)], '/spool');
    const sink = new StoreSink(() => Promise.reject(new Error('away')));
    await expect(sendAgain(files, sink, () => true, NEVER)).rejects.toThrow('away');
    expect(await lettersIn(files)).toHaveLength(2);
  });

  it('are read past lines that are none', async () => {
    const files = new DeadLetterFiles({ directory, sink: 'store' });
    await files.put([dead(1)], '/spool');
    const path = join(files.directory, '9999999999999-000000-1.ndjson');
    writeFileSync(path, '{"half":\n{"time":"x"}\n');
    expect(await files.read(path)).toEqual({ letters: [], damaged: 2 });
    expect(await lettersIn(files)).toHaveLength(1);
  });
});
