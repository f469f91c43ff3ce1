import fc from 'fast-check';
import { expect, it } from 'vitest';
import { linesOf } from '../../src/cluster/lines.ts';

async function* chunksOf(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function collect(lines: AsyncIterable<string>): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

it('lines are the same, however their bytes arrive', async () => {
  const line = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\n'));
  const sizes = fc.array(fc.nat(12));
  await fc.assert(
    fc.asyncProperty(fc.array(line), sizes, async (lines, cuts) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      expect(await collect(linesOf(chunksOf(bytes, cuts), '/', 1_000))).toEqual(lines);
    }),
  );
});

it('a line over its bound ends it', async () => {
  const lines = linesOf(chunksOf(Buffer.alloc(100, 'x'), [10, 10]), '/api/v1/pods', 50);
  await expect(collect(lines)).rejects.toThrow(/pods .* more than 50 bytes/);
});
