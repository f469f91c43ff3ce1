import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { compile, fromShared, HyperscanError } from '../src/index.ts';
import { codeOf, patternsOf } from './fixtures/helpers.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

async function collectAll(): Promise<void> {
  for (let round = 0; round < 10; round++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function isOpen(token: number): boolean {
  try {
    fromShared(token).close();
    return true;
  } catch (error) {
    if (error instanceof HyperscanError && error.code === 'HS_UNKNOWN_TOKEN') return false;
    throw error;
  }
}

describe('lend', () => {
  it('keeps the database alive for who holds what was lent, and no longer', async () => {
    const database = compile(patternsOf(['a', '^$']));
    const token = database.share();
    let lent: unknown = database.lend();
    database.close();
    await collectAll();
    expect(typeof lent).toBe('object');
    expect(isOpen(token)).toBe(true);
    lent = null;
    await collectAll();
    expect(isOpen(token)).toBe(false);
  });

  it('lends as often as it is asked, each on its own', async () => {
    const database = compile(patternsOf(['a']));
    const token = database.share();
    const first: unknown[] = [database.lend(), database.lend()];
    expect(first[0]).not.toBe(first[1]);
    first.pop();
    await collectAll();
    database.close();
    expect(isOpen(token)).toBe(true);
    expect(first).toHaveLength(1);
  });

  it('refuses a database that is closed', () => {
    const database = compile(patternsOf(['a']));
    database.close();
    expect(codeOf(() => database.lend())).toBe('HS_CLOSED');
  });
});
