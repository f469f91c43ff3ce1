import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as api from '../src/index.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const ENTRY = new URL('../src/index.ts', import.meta.url).href;

describe('README.md', () => {
  it('has an example that runs and prints what it says', () => {
    const example = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
    const script = example.replace("'@sluice/hyperscan-js'", JSON.stringify(ENTRY));
    const output = execFileSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
      encoding: 'utf8',
    });
    expect(output.replace(/\s+/g, ' ')).toContain('2 Uint32Array(4) [ 0, 1, 2, 2 ]');
    expect(example).toContain('// 2 [0, 1, 2, 2]');
  });

  it('names every function and class that the package exports', () => {
    const names = Object.keys(api).filter((name) => name !== 'HYPERSCAN_ERRORS');
    for (const name of names) expect(readme, name).toContain(name);
  });
});
