/** `sluice serve` whose capture alone changes: who switches it off, or gives it another key, is obeyed at once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freePort } from '../packages/cli/test/serve/free-port.ts';
import { CHECK_PATH, makeCaptureKeys, openCapture } from '../packages/server/src/index.ts';
import { checkMessage } from '../packages/server/test/support/protos.ts';
import { GrpcClient } from '../packages/server/test/support/raw-client.ts';

const MAIN = fileURLToPath(new URL('../packages/cli/src/main.ts', import.meta.url));
const PATIENCE = { timeout: 120_000 };

let folder: string;
let port: number;
let served: ChildProcess;
let client: GrpcClient;

/** The same rules and policies each time. @param publicKey null: nothing is captured */
function writeConfig(revision: string, publicKey: string | null): void {
  const policies = `{default: {key: "${publicKey}"}}`;
  const text = `listen: ["unix:${folder}/s.sock"]
admin: 127.0.0.1:${port}
rules: {crs: false}
drain: {noticeMillis: 0}
limits: {poolThreads: 0}
revision: ${revision}
capture: ${publicKey === null ? 'false' : `{directory: capture, policies: ${policies}}`}
policies: {default: {mode: Block}}
`;
  writeFileSync(join(folder, 'sluice.yaml'), text);
}

async function page(path: string): Promise<string> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return await answer.text();
  } catch (error) {
    // It does not listen yet.
    if (error instanceof TypeError) return 'null';
    throw error;
  }
}

const inForce = (revision: string): Promise<void> =>
  expect.poll(async () => JSON.parse(await page('/reload'))?.revision, PATIENCE).toBe(revision);

async function use(revision: string, publicKey: string | null): Promise<void> {
  writeConfig(revision, publicKey);
  await inForce(revision);
}

const ask = (): Promise<unknown> => client.unary(CHECK_PATH, checkMessage({ path: '/?a=1' }), 60_000);

const captured = async (): Promise<string> =>
  /capture_requests_total\{outcome="captured"\} (\d+)/.exec(await page('/metrics'))?.[1] ?? '';

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-'));
  port = await freePort();
  writeConfig('first', null);
  served = spawn(process.execPath, [MAIN, 'serve', '-c', join(folder, 'sluice.yaml')], { stdio: 'ignore' });
  await inForce('first');
  client = new GrpcClient({ kind: 'unix', path: join(folder, 's.sock') });
}, 180_000);

afterEach(async () => {
  client.close();
  if (served.exitCode === null && served.signalCode === null) {
    served.kill('SIGTERM');
    await once(served, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

it('captures no more, or for another key, from the reload on that says so', async () => {
  const [lost, next] = [makeCaptureKeys(), makeCaptureKeys()];
  await use('a', lost.publicKey);
  await ask();
  await expect.poll(captured, PATIENCE).toBe('1');
  await use('b', next.publicKey);
  await ask();
  await expect.poll(captured, PATIENCE).toBe('2');
  await use('c', null);
  await ask();
  served.kill('SIGTERM');
  await once(served, 'exit');
  const files = readdirSync(join(folder, 'capture')).map((name) =>
    readFileSync(join(folder, 'capture', name)),
  );
  expect(files).toHaveLength(2);
  // Whom a file is for stands in its head.
  for (const { publicKey, privateKey } of [lost, next]) {
    const file = files.find((each) => each.includes(Buffer.from(publicKey, 'base64')));
    const { records, isWhole } = openCapture(file ?? Buffer.alloc(0), privateKey);
    expect([records.length, isWhole]).toEqual([1, true]);
  }
}, 300_000);
