import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const PACKAGE = join(import.meta.dirname, '..');

it('the example of the README runs, and prints what its comments say', async () => {
  const readme = await readFile(join(PACKAGE, 'README.md'), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const expected = [...example.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map((match) => match[1]);
  // Inside the package, so that its own name resolves.
  const directory = await mkdtemp(join(PACKAGE, 'build', 'readme-'));
  try {
    const file = join(directory, 'example.ts');
    await writeFile(file, example);
    const { stdout } = await promisify(execFile)(process.execPath, [file]);
    expect(expected).toHaveLength(2);
    expect(stdout.trimEnd().split('\n')).toEqual(expected);
  } finally {
    await rm(directory, { recursive: true });
  }
});
