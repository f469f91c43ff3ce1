import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../native/build.sh', import.meta.url));

const build = (out: string, env: Record<string, string>) =>
  spawnSync('/bin/sh', [SCRIPT, out], { env: { ...process.env, ...env }, encoding: 'utf8' });

const folder = () => mkdtempSync(join(tmpdir(), 'hyperscan-js-build-'));

describe('native/build.sh', () => {
  it('builds into the folder it is given and leaves nothing else there', () => {
    const out = folder();
    const { status, stderr } = build(out, {});
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(readdirSync(out)).toEqual(['hyperscan.node']);
    const addon: unknown = createRequire(import.meta.url)(join(out, 'hyperscan.node'));
    expect(addon).toHaveProperty('scanBatch');
  }, 120_000);

  it('names the package to install where the header is missing', () => {
    const out = folder();
    const { status, stderr } = build(out, { CXX: 'false' });
    expect(status).toBe(1);
    expect(stderr).toContain('apt-get install libhyperscan-dev');
    expect(existsSync(join(out, 'hyperscan.node'))).toBe(false);
  });

  it('names the package to install where the compiler is missing', () => {
    expect(build(folder(), { CXX: 'no-such-compiler' }).stderr).toContain('apt-get install g++');
  });
});
