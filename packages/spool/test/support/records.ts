/** Records to write, and folders to write them to. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { DataSet, SpoolRecord } from '../../src/index.ts';
import { SpoolReader, SpoolWriter, type SpoolWriterOptions } from '../../src/index.ts';

/** @param size of a text in it, in characters */
export const recordOf = (number: number, size = 10, dataSet: DataSet = 'waf'): SpoolRecord => ({
  dataSet,
  id: `id-${number}`,
  source: '192.0.2.1',
  document: { '@timestamp': '2026-01-01T00:00:00.000Z', number, text: 'x'.repeat(size) },
});

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-spool-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function openWriter(
  directory: string,
  options: Omit<SpoolWriterOptions, 'directory'> = {},
): Promise<SpoolWriter> {
  const writer = await SpoolWriter.open({ directory, ...options });
  onTestFinished(() => writer.close(0));
  return writer;
}

export async function openReader(directory: string, name = 'test'): Promise<SpoolReader> {
  const reader = await SpoolReader.open({ directory, name });
  onTestFinished(() => reader.close());
  return reader;
}

/** Numbers of all records that there are, read and committed in small steps. */
export async function readAll(reader: SpoolReader): Promise<number[]> {
  const numbers: number[] = [];
  for (;;) {
    const entries = await reader.read({ recordsMax: 100, bytesMax: 1_000_000, waitMillis: 0 });
    const last = entries.at(-1);
    if (last === undefined) return numbers;
    numbers.push(...entries.map(({ record }) => Number(record.document.number)));
    await reader.commit(last.position);
  }
}

/** The numbers from `from` up to, but without, `to`. */
export const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);
