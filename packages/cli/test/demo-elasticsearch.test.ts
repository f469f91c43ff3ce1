/** `sluice demo --store elasticsearch`: the same, in a real server that the demo starts. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, expect, it } from 'vitest';
import type { StoryResult } from '../src/demo/story.ts';

const MAIN = resolve(import.meta.dirname, '../src/main.ts');
const state = mkdtempSync(join(tmpdir(), 'sluice-state-'));
const running: ChildProcess[] = [];

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(state, { recursive: true, force: true });
});

function sluice(...args: readonly string[]) {
  const { SLUICE_STORE: _, ...variables } = process.env;
  const env = { ...variables, SLUICE_STATE: state };
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'], env });
  running.push(child);
  return child;
}

async function ids(): Promise<readonly string[]> {
  const child = sluice('events', 'search', '"rule_info" IN {"*942100*"}', '--json');
  const { documents } = JSON.parse(await text(child.stdout));
  return documents.map((each: { readonly event: { readonly id: string } }) => each.event.id);
}

it('finds the attack in it while the demo runs and afterwards, beside what the demo before had kept', async () => {
  const before: StoryResult = JSON.parse(await text(sluice('demo', '--once', '--json').stdout));
  const demo = sluice('demo', '--store', 'elasticsearch', '--keep', '--json');
  const [line]: string[] = await once(createInterface({ input: demo.stdout }), 'line');
  const story: StoryResult = JSON.parse(line ?? 'null');
  expect(story.kept.store).toMatch(/^elasticsearch:http:\/\/127\.0\.0\.1:\d+$/);
  const both = [story.kept.id, before.kept.id];
  expect(await ids()).toEqual(both);
  demo.kill('SIGTERM');
  expect(await once(demo, 'exit')).toEqual([0, null]);
  expect(await ids()).toEqual(both);
  const address = story.kept.store.replace('elasticsearch:', '');
  await expect(fetch(address)).rejects.toThrow();
});
