/**
 * GETs at a steady rate, alone and beside many slow uploads, in turns. A GET's time runs from when it was due, so that
 * a thread that is held is seen in all that waited for it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { ExchangeInspector, InspectionRequest, PoolInspector } from '../../packages/server/src/index.ts';
import { ascending, percentile } from '../engine/percentile.ts';
import { requestsOf } from './stand.ts';

export interface UploadOptions {
  readonly uploads: number;
  /** Seconds of each turn. */
  readonly seconds: number;
  readonly turns: number;
  /** GETs a second. */
  readonly rate: number;
}

export interface UploadResult {
  readonly alone: Times;
  readonly beside: Times;
  /** Chunks that the uploads sent, and bytes of them. */
  readonly chunks: number;
  readonly bytes: number;
}

export interface Times {
  readonly count: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** Each upload sends a chunk of this size a second, as HTTP/2 does over a slow line. */
const CHUNK = Buffer.alloc(16_384, 'file content ');
const PERIOD_MILLIS = 1_000;
const HEAD = Buffer.from(
  '--b\r\ncontent-disposition: form-data; name="file"; filename="a.bin"\r\ncontent-type: application/octet-stream\r\n\r\n',
);

export async function measureUploads(
  inspector: PoolInspector,
  options: UploadOptions,
): Promise<UploadResult> {
  const next = requestsOf('get');
  const alone: number[] = [];
  const beside: number[] = [];
  const sent = { chunks: 0 };
  for (let turn = 0; turn < options.turns; turn++) {
    alone.push(...(await steady(inspector, next, options)));
    const uploads = new AbortController();
    const all = Array.from({ length: options.uploads }, (_, index) =>
      upload(inspector, (index * PERIOD_MILLIS) / options.uploads, uploads.signal, sent),
    );
    await pause(PERIOD_MILLIS);
    beside.push(...(await steady(inspector, next, options)));
    uploads.abort();
    await Promise.all(all);
  }
  return { alone: timesOf(alone), beside: timesOf(beside), ...sent, bytes: sent.chunks * CHUNK.byteLength };
}

function timesOf(micros: readonly number[]): Times {
  const sorted = ascending(micros);
  const at = (part: number): number => percentile(sorted, part);
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}

/** @returns microseconds of each GET */
async function steady(
  inspector: PoolInspector,
  next: () => InspectionRequest,
  { seconds, rate }: UploadOptions,
): Promise<readonly number[]> {
  const times: number[] = [];
  const count = Math.round(seconds * rate);
  const begun = performance.now();
  for (let at = 0; at < count; at++) {
    const due = begun + (at * 1_000) / rate;
    const early = due - performance.now();
    if (early >= 1) await pause(early);
    await inspector.inspect(next());
    times.push((performance.now() - due) * 1_000);
  }
  return times;
}

async function upload(
  inspector: ExchangeInspector,
  delayMillis: number,
  signal: AbortSignal,
  sent: { chunks: number },
): Promise<void> {
  const exchange = inspector.open({
    attributes: {
      id: 'upload',
      method: 'POST',
      uri: '/files',
      protocol: 'HTTP/1.1',
      headers: [
        ['host', 'shop.example'],
        ['user-agent', 'curl/8.5.0'],
        ['accept', '*/*'],
        ['content-type', 'multipart/form-data; boundary=b'],
        ['content-length', '8000000'],
      ],
      client: { address: '192.0.2.9', port: 40_000 },
      server: { address: '192.0.2.2', port: 443 },
    },
    policy: 'default',
    probe: false,
    bodyBytesExpected: 8_000_000,
  });
  await exchange.requestHeaders();
  await pause(delayMillis);
  await exchange.requestChunk(HEAD);
  while (!signal.aborted) {
    await exchange.requestChunk(CHUNK);
    sent.chunks += 1;
    await pause(PERIOD_MILLIS);
  }
  exchange.abandon();
}
