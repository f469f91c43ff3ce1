/** A newer CRS beside a running server: compared, rehearsed on its traffic, promoted. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { freePort } from '../packages/cli/test/serve/free-port.ts';
import { CHECK_PATH } from '../packages/server/src/check.ts';
import { checkMessage, outcome } from '../packages/server/test/support/protos.ts';
import { GrpcClient } from '../packages/server/test/support/raw-client.ts';

const MAIN = resolve(import.meta.dirname, '../packages/cli/src/main.ts');
const WAIT = { timeout: 40_000, interval: 100 };

const SETUP = 'SecRuleEngine On\nSecRequestBodyAccess On\n';
const rule = (id: number, pattern: string, version: string): string =>
  `SecRule ARGS "@rx ${pattern}" "id:${id},phase:2,deny,log,ver:'OWASP_CRS/${version}'"\n`;
const SQLI = '(?i)union\\s+select';

let folder: string;
let port: number;
let served: ChildProcess | null;
let client: GrpcClient;

function writeCrs(name: string, rules: string): void {
  mkdirSync(join(folder, name, 'rules'), { recursive: true });
  writeFileSync(join(folder, name, 'crs-setup.conf'), SETUP);
  writeFileSync(join(folder, name, 'rules/rules.conf'), rules);
}

interface Ran {
  readonly status: number;
  /** Standard output alone. */
  readonly output: string;
  readonly text: string;
}

async function update(...args: readonly string[]): Promise<Ran> {
  const path = join(folder, 'sluice.yaml');
  const child = spawn(process.execPath, [MAIN, 'rules', 'update', '-c', path, ...args]);
  let [text, output] = ['', ''];
  child.stdout.on('data', (piece) => {
    text += piece;
    output += piece;
  });
  child.stderr.on('data', (piece) => {
    text += piece;
  });
  const [status] = await once(child, 'close');
  return { status, output: output.replaceAll(folder, 'DIR'), text: text.replaceAll(folder, 'DIR') };
}

async function ask(word: string): Promise<'allow' | number> {
  const message = checkMessage({ path: `/?a=${word}`, headers: { 'x-request-id': `id-${word}` } });
  return outcome(await client.unary(CHECK_PATH, message, 60_000));
}

const candidate = async (): Promise<Record<string, unknown>> =>
  (await (await fetch(`http://127.0.0.1:${port}/candidate`)).json()) as Record<string, unknown>;

beforeEach(async () => {
  served = null;
  folder = mkdtempSync(join(tmpdir(), 'sluice-update-'));
  port = await freePort();
  writeCrs('old', rule(1, SQLI, '1') + rule(2, 'former', '1') + rule(4, 'same', '1'));
  writeCrs('new', rule(1, SQLI, '2') + rule(3, 'newer', '2') + rule(4, 'other', '2'));
  writeFileSync(
    join(folder, 'sluice.yaml'),
    `# ours
listen: ["unix:${folder}/s.sock"]
admin: 127.0.0.1:${port}
drain: {noticeMillis: 0}
limits: {poolThreads: 0}
rules:
  directory: old # since Monday
policies: {default: {mode: Block}}
`,
  );
  client = new GrpcClient({ kind: 'unix', path: join(folder, 's.sock') });
});

afterEach(async () => {
  client.close();
  if (served !== null && served.exitCode === null) {
    served.kill('SIGTERM');
    await once(served, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

async function serve(): Promise<void> {
  served = spawn(process.execPath, [MAIN, 'serve', '-c', join(folder, 'sluice.yaml')], { stdio: 'ignore' });
  await vi.waitFor(
    async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200),
    WAIT,
  );
}

describe('sluice rules update', () => {
  it('says which rules are new, gone and changed', async () => {
    const { status, output } = await update('--dir', join(folder, 'new'), '--json');
    expect(status).toBe(0);
    expect(JSON.parse(output)).toMatchObject({
      directory: 'DIR/new',
      rules: { added: [3], removed: [2], changed: [4] },
      rehearsal: null,
      promoted: false,
    });
  });

  it('rehearses on live traffic, shows the difference, and promotes', async () => {
    await serve();
    const rehearsal = update('--dir', join(folder, 'new'), '--rehearse', '--seconds', '4');
    await vi.waitFor(async () => expect(await candidate()).toMatchObject({ state: 'running' }), WAIT);
    expect(await ask('former')).toBe(403);
    expect(await ask('newer')).toBe('allow');
    await vi.waitFor(async () => expect(await candidate()).toMatchObject({ compared: 2 }), WAIT);
    const shown = await rehearsal;
    expect(shown.status).toBe(0);
    expect(shown.text).toContain('rehearsal: 2 requests compared');
    expect(shown.text).toMatch(/allow to deny {2}1 {2}\S+/);
    expect(shown.text).toMatch(/deny to allow {2}1 {2}\S+/);
    expect(readFileSync(join(folder, 'sluice.yaml'), 'utf8')).toContain(`candidate: ${folder}/new`);
    const promoted = await update('--promote');
    expect(promoted.text).toContain('It is promoted');
    await vi.waitFor(async () => expect(await ask('newer')).toBe(403), WAIT);
    expect(await ask('former')).toBe('allow');
    const written = readFileSync(join(folder, 'sluice.yaml'), 'utf8');
    expect(written).toContain('# ours');
    expect(written).toContain(`directory: ${folder}/new`);
    expect(written).not.toContain('candidate');
    expect(written).toContain('listen: ["unix:');
    await vi.waitFor(async () => expect(await candidate()).toEqual({ state: 'none' }), WAIT);
  });

  it('shows why a candidate is refused, and does not promote it', async () => {
    writeCrs('empty', rule(9, 'nothing', '2'));
    await serve();
    const { status, text } = await update('--dir', join(folder, 'empty'), '--rehearse');
    expect([status, text]).toEqual([1, expect.stringContaining('SQL injection is not denied')]);
    const promoted = await update('--promote');
    expect(promoted.status).not.toBe(0);
    expect(promoted.text).toContain('RULES_UPDATE_REFUSED');
    expect(await ask('former')).toBe(403);
  });

  it.each([
    [[], 'RULES_UPDATE_CALL'],
    [['--dir', 'x', '--to', '4.26.0'], 'RULES_UPDATE_CALL'],
    [['--dir', '/nowhere'], 'CRS_LAYOUT'],
    [['--to', 'latest'], 'a version such as'],
  ])('refuses %j', async (args, message) => {
    const { status, text } = await update(...args);
    expect(status).not.toBe(0);
    expect(text).toContain(message);
  });
});
