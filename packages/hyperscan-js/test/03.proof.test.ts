import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { libraryBuild, libraryVersion, provenBuild } from '../src/index.ts';

const SCRIPT = fileURLToPath(new URL('./fixtures/proof.ts', import.meta.url));

/** Each step with its answer, and whether the library counts as proven then. */
const after = (...steps: readonly string[]): unknown =>
  JSON.parse(execFileSync(process.execPath, [SCRIPT, ...steps], { encoding: 'utf8', stdio: 'pipe' }));

describe('the proof of a build', () => {
  it('names the library, its build, that of the addon and the CPU, the same in each process', () => {
    const build = libraryBuild() ?? '';
    expect(build).toMatch(/^\d+ 5\.4\.\d+ \S+ [0-9a-f]{40} [0-9a-f]{40} cpu(?:\.[0-9a-f]+){9,}$/);
    expect(build).toContain(libraryVersion());
    expect(provenBuild()).toBe(build);
    const asked = execFileSync(
      process.execPath,
      [
        '-e',
        `import('${new URL('../src/index.ts', import.meta.url)}').then((m) => console.log(m.libraryBuild()))`,
      ],
      { encoding: 'utf8', stdio: 'pipe' },
    );
    expect(asked.trim()).toBe(build);
  });

  it('is not there by asking what the library is', () => {
    expect(after('ask')).toEqual([['ask', 'yes', false]]);
  });

  it('is made before the first database', () => {
    expect(after('compile')).toEqual([['compile', 'yes', true]]);
    expect(after('prove')).toEqual([['prove', 'yes', true]]);
  });

  it('is taken from an earlier process for the same build on the same CPU', () => {
    expect(after('trust')).toEqual([['trust', 'yes', true]]);
  });

  it('is taken for no other build, which has to pass', () => {
    expect(after('trustOther', 'compile')).toEqual([
      ['trustOther', 'no', false],
      ['compile', 'yes', true],
    ]);
  });
});
