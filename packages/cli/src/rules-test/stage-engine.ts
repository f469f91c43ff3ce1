/**
 * What the runner asks of an engine. The runner knows no engine: it is given one, so that its judgement can be tested
 * against scripted answers, and so that two ways of evaluating can be compared.
 *
 * Strings are latin1: one byte a character, nothing decoded.
 */

/** Ordered, duplicates kept, names as sent. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

export interface ParsedRequest {
  readonly method: string;
  /** The request target as it was sent. */
  readonly uri: string;
  /** "HTTP/1.1", "HTTP/1.0", "HTTP/0.9" for a request line without a version. */
  readonly protocol: string;
  readonly headers: HeaderList;
  /** Without the chunked coding. */
  readonly body: Uint8Array;
}

export interface BackendResponse {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
}

/** One line of the engine's log. */
export interface LogLine {
  readonly ruleId: number;
  /** One line that holds `[id "N"]`, `[msg "…"]` and `[data "…"]`. */
  readonly text: string;
}

export interface StageOutcome {
  /** The status that the client sees: the backend's, or the interruption's. */
  readonly status: number;
  readonly log: readonly LogLine[];
  /** What was evaluated, for comparing two ways of evaluating; given where `trace` was asked for. */
  readonly trace?: readonly string[];
}

export interface StageEngine {
  /**
   * One transaction. `backend` is called at most once, and not at all where the request was interrupted.
   *
   * @throws whatever the engine throws; the runner reports it as the stage's failure
   */
  run(request: ParsedRequest, backend: (request: ParsedRequest) => BackendResponse): StageOutcome;
}

export type Evaluation = 'planned' | 'reference';

/** A policy's mode: what rules would deny is denied, or only said. */
export type StageMode = 'Block' | 'Detect';

/** One rule file, read. */
export interface RuleSource {
  /** The file's absolute path, or a name in angle brackets for text of the runner's own; for messages. */
  readonly name: string;
  readonly text: string;
  /** The absolute directory from which `@pmFromFile` and `Include` read relative paths. */
  readonly directory: string;
}

/** Rules in the places that a policy gives them. Each list is read as one configuration, in its order. */
export interface PlacedRules {
  readonly base: readonly RuleSource[];
  readonly before: readonly RuleSource[];
  readonly after: readonly RuleSource[];
}

export interface StageEngineOptions {
  readonly rules: PlacedRules;
  /** Null leaves it to SecRuleEngine. */
  readonly mode: StageMode | null;
  /** As a policy pins it, 1 to 4; null leaves it to the rule files. */
  readonly paranoia: number | null;
  readonly evaluation: Evaluation;
  /** Whether the outcomes are to carry a trace. */
  readonly trace: boolean;
  /** Bodies are given to the engine in pieces of so many bytes; null gives each at once. */
  readonly chunkBytes: number | null;
}

export type StageEngineFactory = (options: StageEngineOptions) => Promise<StageEngine>;
