/**
 * What events are, and how they wait on disk until they are where they are kept:
 *
 *     const writer = await SpoolWriter.open({ directory });
 *     writer.append(record);
 *
 *     const reader = await SpoolReader.open({ directory, name: 'elasticsearch' });
 *     for (const { record, position } of await reader.read({ recordsMax: 500, bytesMax: 1_048_576 })) …
 *     await reader.commit(position);
 */
export { recordOf, textAt } from './document.ts';
export { SPOOL_ERRORS, SpoolError, type SpoolErrorCode } from './errors.ts';
export { FloodGuard, type FloodGuardOptions, type FloodStats } from './flood/flood-guard.ts';
export { DEFAULT_FLOOD_LIMITS, type FloodLimits } from './flood/limits.ts';
export { corazaJson, modsecurityJson } from './formats/modsecurity-json.ts';
export { modsecurityNative } from './formats/modsecurity-native.ts';
export {
  recordsOf,
  type SegmentState,
  type SegmentSurvey,
  type SpoolSurvey,
  surveySpool,
} from './inspect/survey.ts';
export { documentJson, recordOfText } from './json-document.ts';
export { DEFAULT_SPOOL_LIMITS, SPOOL_BYTES_MIN, type SpoolLimits } from './limits.ts';
export type { SpoolLog } from './log.ts';
export { type SpoolLag, spoolLags } from './reader/lag.ts';
export type { SpoolPosition } from './reader/position.ts';
export {
  type ReaderStats,
  type ReadOptions,
  type SpoolEntry,
  SpoolReader,
  type SpoolReaderOptions,
} from './reader/spool-reader.ts';
export { DATA_SETS, type DataSet, type Document, type Json, type SpoolRecord } from './record.ts';
export { ALERT_SCHEMA } from './schema/alert.ts';
export type { Field, FieldOrigin, FieldType, Schema } from './schema/field.ts';
export { L7_LATENCY_BOUNDS_MICROS, L7_SCHEMA } from './schema/l7.ts';
export { WAF_SCHEMA } from './schema/waf.ts';
export { spoolDirectories } from './segments.ts';
export { DROP_REASONS, type DropCounts, type DropReason } from './writer/drops.ts';
export type { FsyncPolicy } from './writer/segment-sink.ts';
export {
  SpoolWriter,
  type SpoolWriterOptions,
  type WhenFull,
  type WriterStats,
} from './writer/spool-writer.ts';
