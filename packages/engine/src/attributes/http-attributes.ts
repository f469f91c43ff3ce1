/** What an adapter tells the engine about a message. Strings are latin1: one byte a character, nothing decoded. */

/** Ordered, duplicates kept, names as sent. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

export interface Endpoint {
  /** IPv4 or IPv6 in text form; empty where it is not known. */
  readonly address: string;
  readonly port: number;
}

export interface HttpRequestAttributes {
  /** Identifies the request in logs, events and on the block page. */
  readonly id: string;
  readonly method: string;
  /** The request target as it was sent: path and query, not decoded. */
  readonly uri: string;
  /** "HTTP/1.0", "HTTP/1.1", "HTTP/2", … */
  readonly protocol: string;
  /** Without pseudo-headers; `:authority` is given as Host. */
  readonly headers: HeaderList;
  readonly client: Endpoint;
  readonly server: Endpoint;
}

export interface HttpResponseAttributes {
  readonly status: number;
  readonly protocol: string;
  readonly headers: HeaderList;
}
