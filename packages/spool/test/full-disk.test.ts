/** A disk that is full for a while, a real one: a small tmpfs. */
import { spawnSync } from 'node:child_process';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { numbers, openReader, openWriter, readAll, recordOf, temporaryFolder } from './support/records.ts';

const DISK_BYTES = 4_194_304;

const mount = (folder: string): boolean =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', folder]).status === 0;

it('keeps records in memory while the disk is full, and writes all of them when it has room', async (test) => {
  const disk = join(await temporaryFolder(), 'disk');
  await mkdir(disk);
  // Only root may mount, and no container without that right.
  if (!mount(disk)) test.skip('mounting a small tmpfs takes root');
  onTestFinished(() => void spawnSync('umount', ['-l', disk]));
  const writer = await openWriter(join(disk, 'spool'), { limits: { segmentBytes: 262_144 } });
  const reader = await openReader(join(disk, 'spool'));
  const ballast = join(disk, 'ballast');
  await writeFile(ballast, Buffer.alloc(DISK_BYTES / 2));
  let number = 0;
  while (writer.stats.failing === null) {
    for (let each = 0; each < 50; each++, number++) writer.append(recordOf(number, 2_000));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(writer.stats.failing).toContain('ENOSPC');
  expect((await statfs(disk)).bfree).toBeLessThan(4);
  const { acknowledged } = writer.stats;
  expect(acknowledged).toBeLessThan(number);
  // A reader goes on meanwhile, with what is whole: what fitted of the batch that did not is there before it is acknowledged.
  const before = await readAll(reader);
  expect(before).toEqual(numbers(0, before.length));
  expect(before.length).toBeGreaterThanOrEqual(acknowledged);
  await rm(ballast);
  await writer.flush();
  expect(writer.stats).toMatchObject({ accepted: number, acknowledged: number, failing: null });
  expect(writer.stats.dropped.buffer.waf).toBe(0);
  expect(await readAll(reader)).toEqual(numbers(before.length, number));
  expect(reader.stats).toMatchObject({ lost: 0, damagedBytes: 0 });
});

it('counts what memory has no room for while the disk is full', async (test) => {
  const disk = join(await temporaryFolder(), 'disk');
  await mkdir(disk);
  // Only root may mount, and no container without that right.
  if (!mount(disk)) test.skip('mounting a small tmpfs takes root');
  onTestFinished(() => void spawnSync('umount', ['-l', disk]));
  const limits = { segmentBytes: 262_144, bufferBytesMax: 1_048_576 };
  const writer = await openWriter(join(disk, 'spool'), { limits });
  const reader = await openReader(join(disk, 'spool'));
  let [sent, accepted] = [0, 0];
  while (writer.stats.dropped.buffer.waf < 100) {
    for (let each = 0; each < 50; each++, sent++) if (writer.append(recordOf(sent, 2_000))) accepted++;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(accepted + writer.stats.dropped.buffer.waf).toBe(sent);
  const read = await readAll(reader);
  // What was read is removed, which makes room.
  await writer.flush();
  read.push(...(await readAll(reader)));
  expect(read.length).toBe(accepted);
  expect(new Set(read).size).toBe(accepted);
});
