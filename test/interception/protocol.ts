/** What tests and actors say to each other. Bodies and bytes are latin1, one character a byte. */
export interface ServeCommand {
  readonly do: 'serve';
  readonly port: number;
  readonly kind: 'http' | 'h2c' | 'raw';
}

export interface CallCommand {
  readonly do: 'call';
  readonly host: string;
  readonly port: number;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Calls with the same name share one kept connection; without one, each has its own. */
  readonly connection?: string;
  readonly localPort?: number;
}

export interface RawCommand {
  readonly do: 'raw';
  readonly host: string;
  readonly port: number;
  readonly pieces: readonly string[];
  /** After each piece, so that they travel apart. */
  readonly pauseMillis?: number;
  /** How long to wait for more, where nobody closes. */
  readonly silenceMillis: number;
}

export interface LoadCommand extends Omit<CallCommand, 'do' | 'connection'> {
  readonly do: 'load';
  readonly name: string;
  readonly connections: number;
  /** Behind each request; none where absent. */
  readonly pauseMillis?: number;
}

/** What lasts until it is told to end: an answer, a request's body, or a tunnel behind an upgrade. */
export interface FlowCommand {
  readonly do: 'flow';
  readonly name: string;
  readonly kind: 'download' | 'upload' | 'tunnel';
  readonly host: string;
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface FlowEnd {
  /** 0 where there was no answer. */
  readonly status: number;
  /** Of a connection that was cut; empty where it came to its own end. */
  readonly error: string;
  /** What came of what was sent after the flow was told to end. */
  readonly last: string;
}

/** Requests one after the other, each timed. */
export interface MeasureCommand extends Omit<CallCommand, 'do' | 'connection'> {
  readonly do: 'measure';
  readonly count: number;
  /** All on one connection, or each on its own. */
  readonly kept: boolean;
}

export interface Measured {
  /** Microseconds, in order of time. */
  readonly micros: readonly number[];
  /** Replies that were none with status 200. */
  readonly failures: number;
}

export type Command =
  | MeasureCommand
  | ServeCommand
  | FlowCommand
  | { readonly do: 'end-flow'; readonly name: string }
  | CallCommand
  | RawCommand
  | LoadCommand
  | { readonly do: 'stop-load'; readonly name: string };

export interface Arrival {
  readonly port: number;
  /** As the workload's socket has it. */
  readonly client: string;
  readonly method: string;
  readonly url: string;
  readonly headers: readonly string[];
  readonly body: string;
}

export interface CallReply {
  /** 0 where the connection failed: `error` says how. */
  readonly status: number;
  readonly error: string;
  readonly body: string;
  /** Port of the caller's own end: the same for as long as a kept connection is the same. 0 where there was none. */
  readonly from: number;
}

export interface RawReply {
  readonly received: string;
  /** `closed`, `silence`, or an error's code. */
  readonly end: string;
}
