/** The client of Elasticsearch, as the shipper needs it: it tries nothing again and looks for no nodes by itself. */
import { Client, type ClientOptions, errors } from '@elastic/elasticsearch';
import { ANSWER_BYTES_MAX } from '../limits.ts';
import type { ElasticsearchOptions } from './options.ts';
import { pinnedConnector } from './pinned-authority.ts';

export function createClient(options: ElasticsearchOptions): Client {
  const { auth, tls, nodes, requestMillisMax } = options;
  const { ca, caFingerprint, certificate, key } = tls;
  const own: ClientOptions = {
    nodes: [...nodes],
    // The pipeline tries again, and knows which records are left.
    maxRetries: 0,
    requestTimeout: requestMillisMax,
    maxResponseSize: ANSWER_BYTES_MAX,
    sniffOnStart: false,
    sniffOnConnectionFault: false,
    sniffInterval: false,
    // Bodies are compressed here, by the level that is set; see body.ts.
    compression: false,
    enableMetaHeader: false,
    name: options.name,
  };
  if (auth.kind === 'basic') own.auth = { username: auth.username, password: auth.password };
  if (auth.kind === 'apiKey') own.auth = { apiKey: auth.apiKey };
  const material = {
    ...(ca === null ? {} : { ca }),
    ...(certificate === null ? {} : { cert: certificate }),
    ...(key === null ? {} : { key }),
  };
  const isTls = nodes.some((node) => node.startsWith('https:'));
  if (isTls && caFingerprint !== null && ca === null) {
    // The client's own check takes an authority that is only shown for one that has signed.
    const connect = pinnedConnector({
      fingerprint: caFingerprint,
      material,
      connectMillisMax: requestMillisMax,
    });
    // Its type knows the options of undici's pool by halves.
    own.agent = { connect } as ClientOptions['agent'] & object;
  } else if (isTls) {
    own.tls = material;
    if (caFingerprint !== null) own.caFingerprint = caFingerprint;
  }
  return new Client(own);
}

/** The status that was answered; null where nothing was, or nothing that is to be believed. */
export function statusOf(thrown: unknown): number | null {
  return thrown instanceof errors.ResponseError ? (thrown.statusCode ?? null) : null;
}

/** What is known of a failed request, in words and without the request. */
export function failureOf(thrown: unknown): string {
  if (thrown instanceof errors.ResponseError) {
    const { type, reason } = errorIn(thrown.body);
    return `HTTP ${thrown.statusCode}${type === '' ? '' : ` ${type}`}${reason === '' ? '' : `: ${reason}`}`;
  }
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
}

/** Type and reason of an answer's error; empty where it has none, as those of proxies. */
export function errorIn(body: unknown): { readonly type: string; readonly reason: string } {
  const error = fieldOf(body, 'error');
  if (typeof error === 'string') return { type: '', reason: error };
  return { type: textOf(fieldOf(error, 'type')), reason: textOf(fieldOf(error, 'reason')) };
}

/** A property of what may be no object. */
export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
