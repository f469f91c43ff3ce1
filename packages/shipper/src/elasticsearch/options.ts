/** How Elasticsearch is reached, and what of it is used. config-schema.ts reads it from ship.yaml. */
import type { DataSet } from '@sluice/spool';

export interface ElasticsearchOptions {
  /** As in logs, metrics and the name of its position. */
  readonly name: string;
  /** URLs; several are taken in turns. Nodes that they do not name are never asked. */
  readonly nodes: readonly string[];
  readonly auth:
    | { readonly kind: 'none' }
    | { readonly kind: 'basic'; readonly username: string; readonly password: string }
    /** As Elasticsearch gives it out: base64 of `id:key`. */
    | { readonly kind: 'apiKey'; readonly apiKey: string };
  readonly tls: {
    /** PEM; null: what Node trusts. */
    readonly ca: string | null;
    /** SHA-256 of the authority's certificate, hexadecimal; null: not looked at. */
    readonly caFingerprint: string | null;
    /** PEM of a client's certificate and its key; null: none. */
    readonly certificate: string | null;
    readonly key: string | null;
  };
  /** Level of gzip, from 1; 0: requests are not compressed. */
  readonly compressionLevel: number;
  /** Bytes of one request's body before compression. The server's own bound is http.max_content_length (100 MB). */
  readonly requestBytesMax: number;
  readonly requestMillisMax: number;
  /** The data stream of each data set. */
  readonly streams: Readonly<Record<DataSet, string>>;
  /** Whether records that may have been sent before are asked for first. Without it a rollover can double them. */
  readonly askBeforeRepeat: boolean;
}
