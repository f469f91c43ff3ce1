/** Lines to files and to standard output. */

import { spawn } from 'node:child_process';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sink } from '@sluice/shipper';
import { openSink, sinkSchema } from '@sluice/shipper/sinks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordOf, recordsOf } from '../hub/documents.ts';
import { soon } from '../hub/soon.ts';

const never = new AbortController().signal;

describe('a file', () => {
  let directory: string;
  let path: string;
  let sink: Sink | null = null;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-lines-'));
    path = join(directory, 'events.log');
  });
  afterEach(async () => {
    await sink?.close();
    sink = null;
    rmSync(directory, { recursive: true });
  });
  const open = (more: object = {}): Sink => {
    sink = openSink(sinkSchema.parse({ type: 'ndjson', path, ...more }));
    return sink;
  };
  const idsIn = (file: string): readonly string[] =>
    readFileSync(file, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line).event.id);
  const ids = (from: number, count: number): readonly string[] =>
    recordsOf('a', from, count).map(({ id }) => id);

  it('has a line for each document, behind those that were there', async () => {
    expect(await open().deliver(recordsOf('a', 0, 3), never)).toEqual(
      ids(0, 3).map(() => ({ kind: 'stored' })),
    );
    await sink?.close();
    await open({ fsync: true }).deliver(recordsOf('a', 3, 2), never);
    expect(idsIn(path)).toEqual(ids(0, 5));
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it('begins anew at its size, and so many are kept', async () => {
    const target = open({ fileBytesMax: 65_536, filesMax: 3 });
    for (let index = 0; index < 100; index++) {
      await target.deliver([recordOf('a', index, { note: 'x'.repeat(6_000) })], never);
    }
    expect(readdirSync(directory).sort()).toEqual(['events.log', 'events.log.1', 'events.log.2']);
    for (const name of readdirSync(directory))
      expect(statSync(join(directory, name)).size).toBeLessThanOrEqual(65_536);
    const kept = ['events.log.2', 'events.log.1', 'events.log'].flatMap((name) =>
      idsIn(join(directory, name)),
    );
    expect(kept).toEqual(ids(100 - kept.length, kept.length));
    expect(kept.length).toBeGreaterThan(20);
  });

  it('loses the part of a line that a killed process left, whose record comes again', async () => {
    await open().deliver(recordsOf('a', 0, 2), never);
    await sink?.close();
    appendFileSync(path, `{"half":"${'x'.repeat(200_000)}`);
    await open().deliver(recordsOf('a', 2, 1), never);
    expect(idsIn(path)).toEqual(ids(0, 3));
  });

  it('is a new one where somebody has moved it away', async () => {
    await open().deliver(recordsOf('a', 0, 1), never);
    renameSync(path, join(directory, 'moved'));
    await sink?.deliver(recordsOf('a', 1, 1), never);
    expect([idsIn(join(directory, 'moved')), idsIn(path)]).toEqual([ids(0, 1), ids(1, 1)]);
  });

  it.each([
    ['modsecurity-json', (text: string) => JSON.parse(text).transaction.request.method === 'GET'],
    ['coraza-json', (text: string) => JSON.parse(text).transaction.request.method === 'GET'],
    ['modsecurity-native', (text: string) => /^--\w+-A--\n.*--\w+-Z--\n+$/s.test(text)],
  ])('in the format %s has requests, and nothing of the L7 view', async (format, isRight) => {
    const [first] = recordsOf('a', 0, 1);
    const outcomes = await open({ format }).deliver([{ ...first!, dataSet: 'l7' }, first!], never);
    expect(outcomes).toEqual([{ kind: 'stored' }, { kind: 'stored' }]);
    const text = readFileSync(path, 'utf8');
    expect([text, isRight(text)]).toEqual([text, true]);
  });

  it('that cannot be written is an error, and nothing is told as stored', async () => {
    const target = openSink(sinkSchema.parse({ type: 'ndjson', path: '/dev/full' }));
    await expect(target.deliver(recordsOf('a', 0, 1), never)).rejects.toMatchObject({ code: 'SINK_FILE' });
    await target.close();
    const nowhere = openSink(sinkSchema.parse({ type: 'ndjson', path: join(directory, 'no/such/folder') }));
    await expect(nowhere.deliver(recordsOf('a', 0, 1), never)).rejects.toMatchObject({ code: 'SINK_FILE' });
    await nowhere.close();
  });
});

describe('standard output', () => {
  const program = `
    import { openSink, sinkSchema } from '@sluice/shipper/sinks';
    const sink = openSink(sinkSchema.parse({ type: 'ndjson' }));
    const records = Array.from({ length: 2_000 }, (_, index) => ({
      dataSet: 'waf', id: String(index), source: '', document: { index, text: 'x'.repeat(500) },
    }));
    const given = new AbortController();
    process.on('SIGTERM', () => given.abort());
    process.send('ready');
    try {
      await sink.deliver(records, given.signal);
      process.send('stored');
    } catch (error) {
      process.send(error.code);
    }
    if (process.connected) process.disconnect();
    await sink.close();
  `;
  const start = () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const told: unknown[] = [];
    child.on('message', (message) => told.push(message));
    return { child, told, output: child.stdio[1] as NodeJS.ReadableStream };
  };

  it('takes as much as its reader reads, and only then says so', async () => {
    const { child, told, output } = start();
    await soon(() => told).toEqual(['ready']);
    let text = '';
    output.setEncoding('utf8').on('data', (part: string) => (text += part));
    await soon(() => told).toEqual(['ready', 'stored']);
    await soon(() => text.split('\n').length).toBe(2_001);
    expect(JSON.parse(text.split('\n')[1_999] ?? '')).toMatchObject({ index: 1_999 });
    child.kill();
  });

  it('holds nobody up where its reader stands still', async () => {
    const { child, told } = start();
    await soon(() => told).toEqual(['ready']);
    child.kill('SIGTERM');
    await soon(() => told).toEqual(['ready', 'SINK_AWAY']);
  });
});
