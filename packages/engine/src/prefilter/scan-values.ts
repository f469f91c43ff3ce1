/** Many values in one native call: written one behind another into memory that is kept from call to call. */
import type { Scanner } from '@sluice/hyperscan-js';
import { EngineError } from '../errors.ts';
import { work } from '../work.ts';

const ARENA_BYTES = 65_536;
/** A larger arena is given up after its batch: one request with megabytes must not cost them for good. */
const ARENA_KEPT_BYTES = 4_194_304;

/** Of this thread: one arena, one table of offsets and one of matches, grown as needed and kept for the next batch. */
const buffers = {
  arena: Buffer.allocUnsafeSlow(ARENA_BYTES),
  offsets: new Uint32Array(257),
  matches: new Uint32Array(2_048),
};

/** Reports the value's index and the pattern's id of each match. */
export function scanValues(
  scanner: Scanner,
  values: readonly string[],
  report: (valueIndex: number, slot: number) => void,
): void {
  if (values.length === 0) return;
  work.valuesScanned += values.length;
  work.bytesScanned += writeValues(values);
  work.nativeCalls++;
  let found = scanner.scanBatch(buffers.arena, buffers.offsets, values.length, buffers.matches);
  if (found * 2 > buffers.matches.length) {
    buffers.matches = new Uint32Array(found * 4);
    work.nativeCalls++;
    found = scanner.scanBatch(buffers.arena, buffers.offsets, values.length, buffers.matches);
    if (found * 2 > buffers.matches.length) {
      const reason = 'the number of matches changed between scans';
      throw new EngineError('NATIVE_FAILED', { what: 'scan', reason });
    }
  }
  const { matches } = buffers;
  for (let at = 0; at < found * 2; at += 2) report(matches[at] ?? 0, matches[at + 1] ?? 0);
  if (buffers.arena.length > ARENA_KEPT_BYTES) buffers.arena = Buffer.allocUnsafeSlow(ARENA_BYTES);
}

/** Returns the number of bytes. */
function writeValues(values: readonly string[]): number {
  const total = values.reduce((sum, value) => sum + value.length, 0);
  if (total > buffers.arena.length) buffers.arena = Buffer.allocUnsafeSlow(total * 2);
  if (values.length >= buffers.offsets.length) buffers.offsets = new Uint32Array(values.length * 2 + 1);
  const { arena, offsets } = buffers;
  let end = 0;
  offsets[0] = 0;
  for (let index = 0; index < values.length; index++) {
    end += arena.write(values[index] ?? '', end, 'latin1');
    offsets[index + 1] = end;
  }
  return end;
}
