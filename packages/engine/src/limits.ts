/**
 * Every bound of the engine: its unit last in the name, its default, and the SecLang directive that sets it.
 * What a limit cuts off is said in the event; nothing is cut silently.
 */
export interface Limits {
  /** Bytes of a request body that are inspected. SecRequestBodyLimit. */
  readonly requestBodyBytesMax: number;
  /** Bytes of a request body outside of uploaded files. SecRequestBodyNoFilesLimit. */
  readonly requestBodyNoFilesBytesMax: number;
  /** Bytes of a response body that are inspected. SecResponseBodyLimit. */
  readonly responseBodyBytesMax: number;
  /** Times its size that a compressed body may grow, beyond 64 KiB. */
  readonly inflationRatioMax: number;
  /** Nesting of JSON and XML. SecRequestBodyJsonDepthLimit. */
  readonly bodyDepthMax: number;
  /** The same of responses. SecResponseBodyJsonDepthLimit. */
  readonly responseBodyDepthMax: number;
  /** Arguments of a request, from the query and the body together. SecArgumentsLimit. */
  readonly argumentsMax: number;
  /** Files and parts of a multipart body. SecUploadFileLimit. */
  readonly multipartPartsMax: number;
  /** Bytes of the headers of one multipart part. */
  readonly multipartPartHeaderBytesMax: number;
  /** Steps that PCRE2 may take for one value. SecPcreMatchLimit. */
  readonly pcreMatchSteps: number;
}

export const DEFAULT_LIMITS: Limits = Object.freeze({
  requestBodyBytesMax: 13_107_200,
  requestBodyNoFilesBytesMax: 1_048_576,
  responseBodyBytesMax: 524_288,
  inflationRatioMax: 100,
  bodyDepthMax: 64,
  responseBodyDepthMax: 64,
  argumentsMax: 1_000,
  multipartPartsMax: 1_000,
  multipartPartHeaderBytesMax: 16_384,
  pcreMatchSteps: 100_000,
});

/**
 * Octet streams longer than SecRequestBodyNoFilesLimit, where a transaction judges them in windows: what a rule finds must
 * stand within a window. Nothing that is no longer than the overlap is torn apart by one.
 */
export const WINDOW_LIMITS = Object.freeze({
  windowBytes: 131_072,
  overlapBytes: 16_384,
});

/** Bounds of what a process keeps between transactions. */
export const STORE_LIMITS = Object.freeze({
  /** Records of initcol, all collections together. */
  recordsMax: 100_000,
  /** Variables of one record. */
  variablesMax: 64,
  /** Name and value of one variable. */
  variableBytesMax: 4_096,
});

/** Bounds of what a thread keeps of the heads of requests: see variables/head-shape.ts. */
export const SHAPE_LIMITS = Object.freeze({
  /** Shapes that are kept. */
  shapesMax: 256,
  /** Headers of one that is kept. */
  headersMax: 64,
  /** Bytes of a method, a protocol, or a header's name. */
  nameBytesMax: 64,
  /** So many heads of others in its place, and a shape that did not come meanwhile makes room. */
  missesMin: 16,
  /** Requests of a shape, by one rule set, for which rules are folded for it. */
  usesMin: 256,
  /** Shapes for which one rule set is folded. */
  foldsMax: 8,
  /** Shapes of which one rule set counts the requests. */
  countsMax: 64,
});

/** Bounds of what a thread keeps of the answers of each pattern: see link/answers.ts. */
export const ANSWER_LIMITS = Object.freeze({
  valuesMax: 64,
  valueBytesMax: 168,
});

/** Bounds of the directory in which compiled rules are kept. */
export interface BundleLimits {
  /** Days after which a file that was not opened goes. */
  readonly unopenedDaysMax: number;
  /** Bytes of all files together; beyond it those go that were opened longest ago. */
  readonly totalBytesMax: number;
  /** Minutes for which a file that was opened stays, however many bytes there are. */
  readonly recentMinutes: number;
  /** Days after which a half written file is one whose process died. */
  readonly unfinishedDaysMax: number;
}

export const BUNDLE_LIMITS: BundleLimits = Object.freeze({
  unopenedDaysMax: 90,
  totalBytesMax: 2_147_483_648,
  recentMinutes: 120,
  unfinishedDaysMax: 1,
});

/** Bounds of an event: a value that is cut says so in its own text. */
export const EVENT_LIMITS = Object.freeze({
  valueBytesMax: 2_048,
  /** UTF-16 units of any text: three bytes each at most, and Elasticsearch indexes no keyword of more than 32,766. */
  textUnitsMax: 8_191,
  targetsPerRuleMax: 100,
  /** Names and values of all rules' targets together; beyond it each rule shows one target more, and says what is left out. */
  targetBytesMax: 262_144,
  /** Bytes of secrets that are told from the rest of an event; with more, the event shows no values. */
  secretBytesMax: 65_536,
});

/** Bounds of the rule language itself: what a rule file may hold before it is refused. */
export const LANGUAGE_LIMITS = Object.freeze({
  fileBytesMax: 16_777_216,
  includeDepthMax: 16,
  includedFilesMax: 1_000,
  patternBytesMax: 65_536,
  patternDepthMax: 100,
});
