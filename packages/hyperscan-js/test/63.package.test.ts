import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { exampleOf } from './fixtures/readme.ts';

const PACK = fileURLToPath(new URL('../native/pack.sh', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'hyperscan-js-package-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { cwd: folder, encoding: 'utf8' });

const hasNpm = spawnSync('npm', ['--version']).status === 0;

// Without npm, which pack.sh and every installation take, there is nothing to test.
describe.skipIf(!hasNpm)('the package', () => {
  it('installs from its tarball into an empty folder, offline, and runs its example', () => {
    const tarball = run('/bin/sh', PACK, folder).trim();
    expect(run('tar', '-tf', tarball)).toContain('package/build/hyperscan.node');
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    run('npm', 'install', '--offline', '--no-audit', '--no-fund', tarball);
    writeFileSync(join(folder, 'example.mjs'), exampleOf('@sluice/hyperscan-js'));
    expect(run(process.execPath, 'example.mjs').replace(/\s+/g, ' ')).toContain(
      '2 Uint32Array(4) [ 0, 1, 2, 2 ]',
    );
  }, 120_000);

  it('brings types, licence and documents, and nothing of its tests', () => {
    const manifest: unknown = JSON.parse(
      readFileSync(join(folder, 'node_modules/@sluice/hyperscan-js/package.json'), 'utf8'),
    );
    expect(manifest).toMatchObject({
      exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
      os: ['linux'],
      cpu: ['x64'],
    });
    const files = run('find', 'node_modules/@sluice/hyperscan-js', '-type', 'f').split('\n');
    for (const wanted of ['dist/index.d.ts', 'LICENSE', 'README.md', 'docs/errors.md', 'native/build.sh']) {
      expect(files).toContain(`node_modules/@sluice/hyperscan-js/${wanted}`);
    }
    expect(files.filter((file) => /\/test\/|(?<!\.d)\.ts$/.test(file))).toEqual([]);
  });

  it('builds its addon anew where it is installed', () => {
    const home = join(folder, 'node_modules/@sluice/hyperscan-js');
    rmSync(join(home, 'build'), { recursive: true });
    // Node's own headers, or the package of them, lie where nobody has installed anything else.
    const headers = fileURLToPath(new URL('../../../node_modules/node-api-headers', import.meta.url));
    run('ln', '-s', headers, join(folder, 'node_modules/node-api-headers'));
    run('npm', 'run', '--silent', '--prefix', home, 'build');
    expect(run(process.execPath, 'example.mjs')).toContain('Uint32Array(4)');
  }, 120_000);
});
