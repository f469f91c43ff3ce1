/**
 * Hyperscan for Node: thousands of regular expressions over many values, in one native call.
 *
 * ```ts
 * import { compile, Flags, Scanner } from '@sluice/hyperscan-js';
 *
 * const flags = Flags.CASELESS | Flags.DOTALL | Flags.SINGLEMATCH;
 * const database = compile([
 *   { expression: 'union\\s+select', id: 1, flags },
 *   { expression: '<script', id: 2, flags },
 * ]);
 * const scanner = new Scanner(database);
 *
 * const arena = Buffer.from('1 UNION  SELECT 2hello<SCRIPT>');
 * const offsets = Uint32Array.of(0, 17, 22, 30);
 * const out = new Uint32Array(2 * 64);
 * const matches = scanner.scanBatch(arena, offsets, 3, out); // 2
 * out.subarray(0, 2 * matches); // [0, 1, 2, 2]: value 0 matches pattern 1, value 2 matches pattern 2
 * ```
 */
import { native } from './binding.ts';
import { libraryVersion } from './database.ts';
import { libraryScan } from './library-scan.ts';
import { proveSound, type ScanFunction } from './self-test.ts';

export { compile, type ExpressionInfo, expressionInfo, hostPlatform } from './compile.ts';
export {
  Database,
  type DatabaseInfo,
  type DeserializeOptions,
  deserialize,
  fromShared,
  type LiteralWay,
  libraryVersion,
} from './database.ts';
export {
  HYPERSCAN_ERRORS,
  HyperscanError,
  type HyperscanErrorCode,
} from './errors.ts';
export { Flags } from './flags.ts';
export { compileLiterals, type Literal } from './literals.ts';
export type { LentDatabase } from './native.ts';
export type { CompileOptions, Mode, Pattern, PatternExtension, Platform, SomHorizon } from './options.ts';
export { libraryBuild, provenBuild, trustBuild } from './proof.ts';
export { type Report, type ScanOptions, START_UNKNOWN } from './report.ts';
export { Scanner } from './scanner.ts';
export type { ScanFunction } from './self-test.ts';
export { CompressedStream, openStream, Stream, type StreamOptions } from './stream.ts';
export { VectorScanner } from './vector-scanner.ts';

/**
 * Refuses a library that loses or invents matches. It has run already when there is a database, unless `trustBuild` took
 * an earlier process's word; call it to prove another scan function, or the library again.
 * @throws HyperscanError HS_UNSOUND
 */
export function selfTest(scan: ScanFunction = libraryScan(native())): void {
  proveSound(scan, libraryVersion());
}
