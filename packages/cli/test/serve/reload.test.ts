import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHECK_PATH, makeCaptureKeys, openCapture } from '@sluice/server';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { checkMessage } from '../../../server/test/support/protos.ts';
import { GrpcClient } from '../../../server/test/support/raw-client.ts';
import { freePort } from './free-port.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

let folder: string;
let port: number;
let served: ChildProcess;

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

const writeConfig = (policy: string, rest = ''): void =>
  write(
    'sluice.yaml',
    `listen: ["unix:${folder}/s.sock"]
admin: 127.0.0.1:${port}
rules: {crs: false}
drain: {noticeMillis: 0}
limits: {poolThreads: 0}
policies: {default: ${policy}}
${rest}
`,
  );

async function ready(): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
    return { status: answer.status, text: await answer.text() };
  } catch (error) {
    // It does not listen yet.
    if (error instanceof TypeError) return { status: 0, text: error.message };
    throw error;
  }
}

/** Waits for a text on /readyz, and gives all of it. */
async function readyWith(pattern: RegExp): Promise<string> {
  let last = '';
  await expect
    .poll(
      async () => {
        const { status, text } = await ready();
        last = text;
        return `${status} ${text}`;
      },
      { timeout: 120_000 },
    )
    .toMatch(pattern);
  return last;
}

const versionIn = (text: string): string => /rule sets (\w+) since/.exec(text)?.[1] ?? '';

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-'));
  port = await freePort();
  write('own.conf', 'SecRule ARGS "@contains one" "id:10,phase:2,deny"');
  writeConfig('{ruleFiles: {after: [own.conf]}}');
  served = spawn(process.execPath, [MAIN, 'serve', '-c', join(folder, 'sluice.yaml')], { stdio: 'ignore' });
});

afterEach(async () => {
  if (served.exitCode === null && served.signalCode === null) {
    served.kill('SIGTERM');
    await once(served, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

it('serve takes changed files over, keeps what was in force where they are wrong, and heeds SIGHUP', async () => {
  const first = versionIn(await readyWith(/^200 ready\nrule sets/));
  write('own.conf', 'SecRule ARGS "@contains two" "id:10,phase:2,deny"');
  const second = versionIn(await readyWith(new RegExp(`^200 ready\nrule sets (?!${first})`)));
  write('own.conf', 'SecRule ARGZ "@contains two" "id:10,phase:2,deny"');
  const refused = await readyWith(/^200 ready\nrule sets \w+ since .*\nlast reload refused .*own\.conf:1:9/);
  expect(versionIn(refused)).toBe(second);
  served.kill('SIGHUP');
  // A second attempt at the same files is refused at another time.
  await readyWith(new RegExp(`last reload refused (?!at ${/refused at (\S+)/.exec(refused)?.[1]})`));
  writeConfig('{mode: Block}');
  const clean = await readyWith(/^200 ready\nrule sets \w+ since \S+\n$/);
  expect([first, second]).not.toContain(versionIn(clean));
  served.kill('SIGTERM');
  expect(await once(served, 'exit')).toEqual([0, null]);
});

async function page(path: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  return answer.text();
}

const revisionInForce = (revision: string) =>
  expect.poll(async () => JSON.parse(await page('/reload')).revision, { timeout: 120_000 }).toBe(revision);

it('serve captures no more, or for another key, from the reload on that says so, where nothing else changed', async () => {
  await readyWith(/^200 ready\nrule sets/);
  const client = new GrpcClient({ kind: 'unix', path: join(folder, 's.sock') });
  onTestFinished(() => client.close());
  const ask = () => client.unary(CHECK_PATH, checkMessage({ path: '/?a=1' }), 60_000);
  const captured = async (): Promise<string> =>
    /sluice_capture_requests_total\{outcome="captured"\} (\d+)/.exec(await page('/metrics'))?.[1] ?? '';
  const use = async (revision: string, publicKey: string | null): Promise<void> => {
    const policies = `{default: {key: "${publicKey}"}}`;
    const capture = publicKey === null ? 'false' : `{directory: capture, policies: ${policies}}`;
    writeConfig('{ruleFiles: {after: [own.conf]}}', `revision: ${revision}\ncapture: ${capture}`);
    await revisionInForce(revision);
  };
  const [lost, next] = [makeCaptureKeys(), makeCaptureKeys()];
  await use('a', lost.publicKey);
  await ask();
  await expect.poll(captured, { timeout: 60_000 }).toBe('1');
  await use('b', next.publicKey);
  await ask();
  await expect.poll(captured, { timeout: 60_000 }).toBe('2');
  await use('c', null);
  await ask();
  served.kill('SIGTERM');
  await once(served, 'exit');
  const files = readdirSync(join(folder, 'capture')).map((name) =>
    readFileSync(join(folder, 'capture', name)),
  );
  // What is for whom stands in its head.
  const keysOf = (file: Buffer): string => file.subarray(11, 43).toString('base64');
  expect(files.map(keysOf).sort()).toEqual([lost.publicKey, next.publicKey].sort());
  for (const file of files) {
    const { privateKey } = keysOf(file) === lost.publicKey ? lost : next;
    const { records, isWhole } = openCapture(file, privateKey);
    expect([records.length, isWhole]).toEqual([1, true]);
  }
});
