/** What events are, and how they wait on disk until they are where they are kept. */
export { SPOOL_ERRORS, SpoolError, type SpoolErrorCode } from './errors.ts';
export { DATA_SETS, type DataSet, type Document, type Json, type SpoolRecord } from './record.ts';
export type { Field, FieldOrigin, FieldType, Schema } from './schema/field.ts';
export { L7_LATENCY_BOUNDS_MICROS, L7_SCHEMA } from './schema/l7.ts';
export { WAF_SCHEMA } from './schema/waf.ts';
