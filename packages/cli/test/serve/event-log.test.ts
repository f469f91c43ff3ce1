import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '@sluice/server';
import { describe, expect, it } from 'vitest';
import { EventLog } from '../../src/serve/event-log.ts';

const WRITER = join(import.meta.dirname, 'fixtures/write-events.ts');

/** Runs the writer; what it says on standard error. */
async function write(reader: 'stands still' | 'is gone'): Promise<string> {
  const child = spawn(process.execPath, [WRITER], { stdio: ['ignore', 'pipe', 'pipe'] });
  if (reader === 'is gone') child.stdout.destroy();
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  return said;
}

describe('the log of events', () => {
  it.each(['stands still', 'is gone'] as const)('holds nobody up when its reader %s', async (reader) => {
    const said = await write(reader);
    expect(said).toMatch(/^done \d+$/m);
    expect(Number(/done (\d+)/.exec(said)?.[1])).toBeGreaterThan(0);
  });

  it('writes an event a line, and all that wait when it ends', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-events-'));
    const file = join(directory, 'events');
    const descriptor = openSync(file, 'w');
    const log = new EventLog(descriptor, createLog('silent'));
    for (let count = 0; count < 1_000; count++) log.accept({ count });
    await log.end();
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).count)).toEqual(
      Array.from({ length: 1_000 }, (_, index) => index),
    );
    expect(log.dropped).toBe(0);
    await rm(directory, { recursive: true });
  });
});
