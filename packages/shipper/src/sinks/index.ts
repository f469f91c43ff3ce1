/** Every kind of sink but Elasticsearch's: its settings, and how it is opened. */
export { type HttpAnswer, HttpTarget, type HttpTargetOptions } from './http.ts';
export { HubSink, hubSinkSchema } from './hub.ts';
export type { TlsPaths } from './tls-files.ts';
