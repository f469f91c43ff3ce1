import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freePort } from './free-port.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

let folder: string;
let port: number;
let served: ChildProcess;

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

const writeConfig = (policy: string): void =>
  write(
    'sluice.yaml',
    `listen: ["unix:${folder}/s.sock"]
admin: 127.0.0.1:${port}
rules: {crs: false}
drain: {noticeMillis: 0}
limits: {poolThreads: 0}
policies: {default: ${policy}}
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
