/** When a disk has really taken what was written no test can see: these hold up, or break, the call that asks it to. */
import { type FileHandle, open } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';
import { numbers, openReader, openWriter, readAll, recordOf, temporaryFolder } from './support/records.ts';

async function datasyncOf(directory: string) {
  const handle = await open(directory, 'r');
  const prototype: FileHandle = Object.getPrototypeOf(handle);
  await handle.close();
  return vi.spyOn(prototype, 'datasync');
}

/** A call that is held until it is let go. */
function held() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, letGo: resolve };
}

it('always: nothing is acknowledged before the disk has it', async () => {
  const directory = await temporaryFolder();
  const reader = await openReader(directory);
  const datasync = await datasyncOf(directory);
  const gate = held();
  datasync.mockImplementation(() => gate.promise);
  const writer = await openWriter(directory, { fsync: { kind: 'always' } });
  writer.append(recordOf(0));
  // It is written, and read.
  expect((await reader.read({ recordsMax: 1, bytesMax: 1 })).length).toBe(1);
  await expect.poll(() => datasync.mock.calls.length).toBe(1);
  expect(writer.stats.acknowledged).toBe(0);
  gate.letGo();
  await writer.flush();
  expect(writer.stats.acknowledged).toBe(1);
});

it('always: a sync that fails is made again, with the bytes it was for', async () => {
  const directory = await temporaryFolder();
  const datasync = await datasyncOf(directory);
  datasync.mockRejectedValueOnce(new DOMException('EIO: i/o error'));
  const writer = await openWriter(directory, { fsync: { kind: 'always' } });
  for (const number of numbers(0, 10)) writer.append(recordOf(number));
  await writer.flush();
  expect(writer.stats).toMatchObject({ acknowledged: 10, failures: 1, failing: null });
  expect(await readAll(await openReader(directory))).toEqual(numbers(0, 10));
});

it('interval: writes go on while the disk is synchronised, and again after each interval', async () => {
  const directory = await temporaryFolder();
  const datasync = await datasyncOf(directory);
  const gate = held();
  datasync.mockImplementationOnce(() => gate.promise);
  const writer = await openWriter(directory, { fsync: { kind: 'interval', millis: 20 } });
  writer.append(recordOf(0));
  await expect.poll(() => datasync.mock.calls.length).toBe(1);
  writer.append(recordOf(1));
  await writer.flush();
  expect(writer.stats.acknowledged).toBe(2);
  gate.letGo();
  await expect.poll(() => datasync.mock.calls.length).toBe(2);
});

it('never: the disk is asked nothing', async () => {
  const directory = await temporaryFolder();
  const datasync = await datasyncOf(directory);
  const writer = await openWriter(directory, { fsync: { kind: 'never' }, limits: { segmentBytes: 5_000 } });
  for (const number of numbers(0, 100)) writer.append(recordOf(number, 500));
  await writer.close();
  expect(datasync).not.toHaveBeenCalled();
});
