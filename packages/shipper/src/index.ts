/**
 * Brings what waits in a spool to where it is kept:
 *
 *     const sink = new ElasticsearchSink({ options, identity, log, inFlightMax });
 *     const deadLetters = new DeadLetterFiles({ directory: state, sink: sink.name });
 *     const pipeline = new Pipeline({ sink, sources: [reader], limits, deadLetters, log });
 *     await pipeline.run();
 */
export { ShipAdmin } from './admin.ts';
export { type Clock, SYSTEM_CLOCK } from './clock.ts';
export { type ShipConfig, type SinkSettings, shipSchema } from './config-schema.ts';
export { type DeadLetterFile, DeadLetterFiles, type DeadLetterOptions } from './dead/dead-letters.ts';
export type { DeadLetter } from './dead/letter.ts';
export { type SentAgain, sendAgain } from './dead/send-again.ts';
export type { ElasticsearchOptions } from './elasticsearch/options.ts';
export { ElasticsearchSink, type ElasticsearchSinkParts } from './elasticsearch/sink.ts';
export { SHIPPER_ERRORS, ShipperError, type ShipperErrorCode } from './errors.ts';
export { identityIn } from './identity.ts';
export { DEFAULT_PIPELINE_LIMITS, type PipelineLimits } from './limits.ts';
export { keepMemorySmall } from './memory.ts';
export { openSink } from './open-sink.ts';
export type { DeadRecord } from './pipeline/batch.ts';
export { type DeadLetters, Pipeline, type PipelineLog, type PipelineOptions } from './pipeline/pipeline.ts';
export { Progress, type Trouble } from './pipeline/progress.ts';
export { Shipper, type ShipperOptions } from './shipper.ts';
export { type Outcome, type Sink, STORED } from './sink.ts';
export type { Lag, ReadOptions, Source, Waiting } from './source.ts';
export type { ShipStatus, SinkStatus, SpoolStatus } from './status.ts';
