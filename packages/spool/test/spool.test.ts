import { appendFile, chmod, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newSegmentHeader, SEGMENT_HEADER_BYTES, writeSegmentHeader } from '../src/format/segment-header.ts';
import { SpoolReader, SpoolWriter } from '../src/index.ts';
import { numbers, openReader, openWriter, readAll, recordOf, temporaryFolder } from './support/records.ts';

const segmentsOf = async (directory: string): Promise<string[]> =>
  (await readdir(directory)).filter((name) => name.endsWith('.seg')).sort();

/** A writer with small segments, that writes so many records and is closed. */
async function written(directory: string, count: number, from = 0): Promise<void> {
  const writer = await openWriter(directory, { limits: { bytesMax: 8_388_608, segmentBytes: 20_000 } });
  for (const number of numbers(from, from + count)) writer.append(recordOf(number, 100));
  await writer.close();
}

describe('a spool', () => {
  it('gives records back as they were, in order, over several segments', async () => {
    const directory = await temporaryFolder();
    await written(directory, 1_000);
    expect((await segmentsOf(directory)).length).toBeGreaterThan(5);
    const reader = await openReader(directory);
    const [first] = await reader.read({ recordsMax: 1, bytesMax: 1 });
    expect(first?.record).toEqual(recordOf(0, 100));
    expect(await readAll(reader)).toEqual(numbers(1, 1_000));
    expect(reader.stats).toEqual({ read: 1_000, lost: 0, damagedBytes: 0 });
  });

  it('gives records to a reader that waits, within a quarter of a second', async () => {
    const directory = await temporaryFolder();
    const reader = await openReader(directory);
    const waiting = reader.read({ recordsMax: 10, bytesMax: 1_000 });
    const writer = await openWriter(directory);
    writer.append(recordOf(1));
    const [entry] = await waiting;
    expect(entry?.record.document.number).toBe(1);
    const again = reader.read({ recordsMax: 10, bytesMax: 1_000 });
    const before = Date.now();
    writer.append(recordOf(2));
    await again;
    expect(Date.now() - before).toBeLessThan(1_000);
  });

  it('gives a reader what its signal and its time allow, and no more', async () => {
    const directory = await temporaryFolder();
    const reader = await openReader(directory);
    expect(await reader.read({ recordsMax: 1, bytesMax: 1, waitMillis: 10 })).toEqual([]);
    const stop = new AbortController();
    const reading = reader.read({ recordsMax: 1, bytesMax: 1, signal: stop.signal });
    stop.abort();
    expect(await reading).toEqual([]);
  });

  it('goes on behind what a reader has committed, not behind what it has read', async () => {
    const directory = await temporaryFolder();
    const writer = await openWriter(directory);
    for (const number of numbers(0, 300)) writer.append(recordOf(number));
    await writer.flush();
    const first = await SpoolReader.open({ directory, name: 'test' });
    const entries = await first.read({ recordsMax: 200, bytesMax: 1_000_000 });
    await first.commit(entries[149]!.position);
    await first.commit(entries[20]!.position);
    await first.close();
    const second = await openReader(directory);
    expect(await readAll(second)).toEqual(numbers(150, 300));
  });

  it('has several readers, each with a position of its own', async () => {
    const directory = await temporaryFolder();
    await written(directory, 200);
    const [one, other] = [await openReader(directory, 'one'), await openReader(directory, 'other')];
    expect(await readAll(one)).toEqual(numbers(0, 200));
    expect(await readAll(other)).toEqual(numbers(0, 200));
    expect(await one.lag()).toMatchObject({ bytes: 0, records: 0, oldestWrittenAt: null });
  });

  it('is gone on with by the next writer', async () => {
    const directory = await temporaryFolder();
    const reader = await openReader(directory);
    for (const round of numbers(0, 5)) await written(directory, 10, round * 10);
    expect(await readAll(reader)).toEqual(numbers(0, 50));
    expect(reader.stats.lost).toBe(0);
  });

  it('tells how far a reader is behind', async () => {
    const directory = await temporaryFolder();
    const reader = await openReader(directory);
    const before = Date.now();
    await written(directory, 1_000);
    const lag = await reader.lag();
    expect(lag.records).toBeGreaterThan(980);
    expect(lag.records).toBeLessThan(1_020);
    expect(lag.oldestWrittenAt).toBeGreaterThanOrEqual(before);
    const [entry] = await reader.read({ recordsMax: 1, bytesMax: 1 });
    await reader.commit(entry!.position);
    expect((await reader.lag()).bytes).toBe(lag.bytes - entry!.bytes);
  });

  it('has one writer, and one process for a reader', async () => {
    const directory = await temporaryFolder();
    await openWriter(directory);
    await expect(SpoolWriter.open({ directory })).rejects.toMatchObject({
      code: 'SPOOL_IN_USE',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    await openReader(directory, 'one');
    await expect(SpoolReader.open({ directory, name: 'one' })).rejects.toMatchObject({
      code: 'SPOOL_IN_USE',
    });
    await openReader(directory, 'other');
  });

  it('refuses names that are paths', async () => {
    const directory = await temporaryFolder();
    await expect(SpoolReader.open({ directory, name: '../evil' })).rejects.toMatchObject({
      code: 'SPOOL_READER_NAME',
    });
  });

  it('refuses a position that is damaged, by its name', async () => {
    const directory = await temporaryFolder();
    const reader = await SpoolReader.open({ directory, name: 'test' });
    await reader.close();
    await writeFile(join(directory, 'readers/test.json'), '{"segment":');
    await expect(SpoolReader.open({ directory, name: 'test' })).rejects.toMatchObject({
      code: 'SPOOL_POSITION',
    });
  });

  it('removes segments that all readers have read', async () => {
    const directory = await temporaryFolder();
    await written(directory, 1_000);
    const [one, other] = [await openReader(directory, 'one'), await openReader(directory, 'other')];
    const writer = await openWriter(directory);
    writer.append(recordOf(1_000));
    await writer.flush();
    await readAll(one);
    const all = await segmentsOf(directory);
    await readAll(other);
    await expect.poll(() => segmentsOf(directory), { timeout: 10_000 }).toEqual(all.slice(-1));
    expect(writer.stats.segments).toBe(1);
    expect(writer.stats.bytes).toBe(4_096);
  });

  it('is for nobody else to read', async () => {
    const directory = join(await temporaryFolder(), 'spool');
    await written(directory, 1);
    const [segment] = await segmentsOf(directory);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, segment!))).mode & 0o777).toBe(0o600);
  });
});

describe('a full spool', () => {
  const limits = { bytesMax: 1_048_576, segmentBytes: 100_000 };

  it('drops the oldest, counted by data set, and tells a reader how many it has lost', async () => {
    const directory = await temporaryFolder();
    const writer = await openWriter(directory, { limits, whenFull: 'dropOldest' });
    const reader = await openReader(directory);
    for (const number of numbers(0, 3_000)) {
      writer.append(recordOf(number, 1_000, number % 3 === 0 ? 'l7' : 'waf'));
      if (number % 100 === 0) await writer.flush();
    }
    await writer.flush();
    const { dropped, bytes, acknowledged } = writer.stats;
    expect(acknowledged).toBe(3_000);
    expect(bytes).toBeLessThanOrEqual(limits.bytesMax);
    const kept = await readAll(reader);
    expect(kept).toEqual(numbers(3_000 - kept.length, 3_000));
    expect(reader.stats.lost).toBe(3_000 - kept.length);
    expect(dropped.oldest.waf + dropped.oldest.l7).toBe(3_000 - kept.length);
    expect(dropped.oldest.l7).toBe(
      numbers(0, 3_000 - kept.length).filter((number) => number % 3 === 0).length,
    );
  });

  it('counts nothing as dropped that every reader had read', async () => {
    const directory = await temporaryFolder();
    const writer = await openWriter(directory, { limits, whenFull: 'dropOldest' });
    const reader = await openReader(directory);
    for (const number of numbers(0, 3_000)) {
      writer.append(recordOf(number, 1_000));
      if (number % 200 !== 199) continue;
      await writer.flush();
      await readAll(reader);
    }
    expect(writer.stats.dropped.oldest.waf).toBe(0);
    expect(reader.stats).toMatchObject({ read: 3_000, lost: 0 });
  });

  it('drops the newest, counted, where it is told so, and takes records again when there is room', async () => {
    const directory = await temporaryFolder();
    const writer = await openWriter(directory, { limits, whenFull: 'dropNewest' });
    const reader = await openReader(directory);
    let accepted = 0;
    for (const number of numbers(0, 3_000)) if (writer.append(recordOf(number, 1_000))) accepted++;
    await writer.flush();
    expect(writer.stats.dropped.newest.waf).toBe(3_000 - accepted);
    expect(writer.stats.bytes).toBeLessThanOrEqual(limits.bytesMax);
    expect(await readAll(reader)).toEqual(numbers(0, accepted));
    await expect.poll(() => writer.append(recordOf(9_999, 1_000)), { timeout: 10_000 }).toBe(true);
    await writer.flush();
    expect(await readAll(reader)).toEqual([9_999]);
  });

  it('drops what memory has no room for, counted, and never makes anybody wait', async () => {
    const directory = await temporaryFolder();
    const writer = await openWriter(directory, { limits: { bufferBytesMax: 100_000 } });
    let accepted = 0;
    for (const number of numbers(0, 1_000)) if (writer.append(recordOf(number, 1_000))) accepted++;
    expect(accepted).toBeGreaterThan(80);
    expect(accepted).toBeLessThan(100);
    await writer.flush();
    expect(writer.stats).toMatchObject({ accepted, acknowledged: accepted, bufferedBytes: 0 });
    expect(writer.stats.dropped.buffer.waf).toBe(1_000 - accepted);
  });

  it('refuses a record that is too large, or no document, and takes the next', async () => {
    const directory = await temporaryFolder();
    const writer = await openWriter(directory, { limits: { recordBytesMax: 10_000 } });
    expect(writer.append(recordOf(1, 10_000))).toBe(false);
    const loop: Record<string, unknown> = {};
    loop.loop = loop;
    expect(writer.append({ ...recordOf(2), document: loop as never })).toBe(false);
    expect(writer.append(recordOf(3, 9_000))).toBe(true);
    await writer.flush();
    expect(writer.stats.dropped.refused.waf).toBe(2);
    expect(await readAll(await openReader(directory))).toEqual([3]);
  });
});

describe('damage', () => {
  it.each([
    ['cut in the middle of a record', (path: string, size: number) => truncate(path, size - 50)],
    [
      'followed by half a record',
      (path: string) => appendFile(path, Buffer.from('ffc1ffc101020304ff', 'hex')),
    ],
    ['followed by zeros', (path: string) => appendFile(path, Buffer.alloc(5_000))],
  ])('of a tail that is %s is cut off by the next writer', async (_, harm) => {
    const directory = await temporaryFolder();
    const writer = await openWriter(directory);
    for (const number of numbers(0, 100)) writer.append(recordOf(number, 100));
    await writer.close();
    const [name] = await segmentsOf(directory);
    const path = join(directory, name!);
    const { size } = await stat(path);
    await harm(path, size);
    const kept = (await stat(path)).size < size ? 99 : 100;
    const reader = await openReader(directory);
    expect(await readAll(reader)).toEqual(numbers(0, kept));
    const next = await openWriter(directory);
    expect((await stat(path)).size).toBeLessThanOrEqual(size);
    next.append(recordOf(200));
    await next.flush();
    expect(await readAll(reader)).toEqual([200]);
    expect(reader.stats).toEqual({ read: kept + 1, lost: 0, damagedBytes: 0 });
  });

  it('of which nothing is left but a header leaves its number to nobody: a reader may stand there', async () => {
    const directory = await temporaryFolder();
    await written(directory, 10);
    const reader = await openReader(directory);
    expect(await readAll(reader)).toEqual(numbers(0, 10));
    // A writer was killed before the first record of its segment was whole.
    const [name = ''] = await segmentsOf(directory);
    const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
    writeSegmentHeader(newSegmentHeader(2, 10, 0), bytes);
    await writeFile(join(directory, name.replace('1.seg', '2.seg')), bytes);
    expect(await readAll(reader)).toEqual([]);
    // The next one before it wrote anything.
    await written(directory, 0);
    await written(directory, 1, 10);
    expect(await readAll(reader)).toEqual([10]);
    expect(reader.stats).toEqual({ read: 11, lost: 0, damagedBytes: 0 });
  });

  it('in the middle of a segment costs the record it is in', async () => {
    const directory = await temporaryFolder();
    await written(directory, 1_000);
    const [, second] = await segmentsOf(directory);
    const path = join(directory, second!);
    const bytes = await readFile(path);
    bytes[5_000]! ^= 1;
    await writeFile(path, bytes);
    const reader = await openReader(directory);
    const all = await readAll(reader);
    expect(all.length).toBe(999);
    expect(all).toEqual([...all].sort((a, b) => a - b));
    expect(reader.stats.lost).toBe(1);
    expect(reader.stats.damagedBytes).toBeGreaterThan(100);
  });

  it('in the middle of the newest segment stops no reader', async () => {
    const directory = await temporaryFolder();
    const writer = await openWriter(directory);
    for (const number of numbers(0, 100)) writer.append(recordOf(number, 100));
    await writer.close();
    const [only] = await segmentsOf(directory);
    const path = join(directory, only!);
    const bytes = await readFile(path);
    // A length that reaches behind the end of the file.
    const at = bytes.indexOf(Buffer.from('ffc1ffc1', 'hex'), 5_000);
    bytes.writeUInt32LE(1_000_000, at + 8);
    await writeFile(path, bytes);
    const reader = await openReader(directory);
    const before = await readAll(reader);
    const after = await reader.read({ recordsMax: 100, bytesMax: 1_000_000 });
    expect([...before, ...after.map(({ record }) => record.document.number)].length).toBe(99);
    expect(reader.stats.lost).toBe(1);
  });

  it('of a header costs its segment', async () => {
    const directory = await temporaryFolder();
    await written(directory, 1_000);
    const [, second] = await segmentsOf(directory);
    const path = join(directory, second!);
    await writeFile(path, Buffer.concat([Buffer.alloc(48), (await readFile(path)).subarray(48)]));
    const reader = await openReader(directory);
    const all = await readAll(reader);
    expect(all.length).toBeLessThan(1_000);
    expect(reader.stats.lost).toBe(1_000 - all.length);
    const writer = await openWriter(directory);
    writer.append(recordOf(1_000));
    await writer.flush();
    expect(await readAll(reader)).toEqual([1_000]);
  });

  it('gives nobody a record that a document quotes', async () => {
    const directory = await temporaryFolder();
    await written(directory, 1);
    const [name] = await segmentsOf(directory);
    const whole = await readFile(join(directory, name!));
    const quoted = whole.subarray(48).toString('latin1');
    const writer = await openWriter(directory);
    writer.append({ ...recordOf(1), document: { number: 1, text: quoted } });
    writer.append(recordOf(2));
    await writer.close();
    const second = (await segmentsOf(directory))[1]!;
    const bytes = await readFile(join(directory, second));
    bytes[48 + 4]! ^= 1;
    await writeFile(join(directory, second), bytes);
    await written(directory, 1, 3);
    expect(await readAll(await openReader(directory))).toEqual([0, 2, 3]);
  });

  it('gives nobody what an earlier segment has left on the disk', async () => {
    const directory = await temporaryFolder();
    await written(directory, 10);
    await written(directory, 10, 10);
    const [former, latter] = (await segmentsOf(directory)).map((name) => join(directory, name));
    const left = (await readFile(former!)).subarray(48);
    const bytes = await readFile(latter!);
    left.copy(bytes, 48, 0, 500);
    await writeFile(latter!, bytes);
    await written(directory, 1, 20);
    const read = await readAll(await openReader(directory));
    expect(read).toEqual([...numbers(0, 10), ...numbers(20 - (read.length - 11), 21)]);
    expect(read.length).toBeLessThan(20);
  });

  it('of a version that is not known is told, not passed over', async () => {
    const directory = await temporaryFolder();
    await written(directory, 1);
    const [name] = await segmentsOf(directory);
    const path = join(directory, name!);
    const bytes = await readFile(path);
    bytes.writeUInt32LE(2, 8);
    const { crc32 } = await import('node:zlib');
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 44)), 44);
    await writeFile(path, bytes);
    const reader = await openReader(directory);
    await expect(reader.read({ recordsMax: 1, bytesMax: 1 })).rejects.toMatchObject({
      code: 'SPOOL_VERSION',
    });
  });
});

describe('a disk that refuses', () => {
  it('is tried again, with what waits kept in memory, until it takes it', async () => {
    const directory = await temporaryFolder();
    const writer = await openWriter(directory, { limits: { bytesMax: 1_048_576, segmentBytes: 10_000 } });
    const blocked = join(directory, '0000000002.seg');
    // As if another had the file: it can be begun only when this one is gone.
    await writeFile(blocked, '');
    for (const number of numbers(0, 200)) writer.append(recordOf(number, 100));
    await expect.poll(() => writer.stats.failing).toMatch(/EEXIST/);
    expect(writer.stats.acknowledged).toBeLessThan(200);
    expect(writer.stats.dropped.buffer.waf).toBe(0);
    await import('node:fs/promises').then(({ unlink }) => unlink(blocked));
    await writer.flush();
    expect(writer.stats).toMatchObject({ acknowledged: 200, failing: null });
    expect(await readAll(await openReader(directory))).toEqual(numbers(0, 200));
  });

  it('costs what a close in time cannot write, counted', async () => {
    const directory = await temporaryFolder();
    const writer = await openWriter(directory);
    await writeFile(join(directory, '0000000001.seg'), '');
    for (const number of numbers(0, 10)) writer.append(recordOf(number));
    await writer.close(50);
    expect(writer.stats.dropped.closed.waf).toBe(10);
    expect(writer.append(recordOf(1))).toBe(false);
  });

  it('is told where a spool cannot be opened', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    await chmod(file, 0o600);
    await expect(SpoolWriter.open({ directory: join(file, 'spool') })).rejects.toMatchObject({
      code: 'SPOOL_DIRECTORY',
    });
  });
});
