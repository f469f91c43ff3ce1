/**
 * Every error that the engine raises on purpose: a code that never changes its meaning, what it says, and the remedy.
 *
 * Codes are part of the interface: docs/errors.md lists the same ones (a test compares them), and a retired code is
 * never used again. An unknown failure is wrapped once, at the boundary, with its `cause` kept.
 */

/** Where in a rule file something stands. Lines and columns count from 1; columns count bytes. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A code's meaning and what to do about it; `{name}` is filled from the error's details. */
interface ErrorDefinition {
  readonly message: string;
  readonly remedy: string;
}

export const ENGINE_ERRORS = {
  // Rule language
  SECLANG_SYNTAX: { message: '{reason}', remedy: 'Correct the rule at the place shown.' },
  SECLANG_UNKNOWN_DIRECTIVE: {
    message: 'unknown directive {name}',
    remedy: 'Check its spelling{suggestion}; docs/seclang.md lists what works.',
  },
  SECLANG_UNKNOWN_VARIABLE: {
    message: 'unknown variable {name}',
    remedy: 'Check its spelling{suggestion}; docs/seclang.md lists what works.',
  },
  SECLANG_UNKNOWN_OPERATOR: {
    message: 'unknown operator @{name}',
    remedy: 'Check its spelling{suggestion}; docs/seclang.md lists what works.',
  },
  SECLANG_UNKNOWN_TRANSFORMATION: {
    message: 'unknown transformation t:{name}',
    remedy: 'Check its spelling{suggestion}; docs/seclang.md lists what works.',
  },
  SECLANG_UNKNOWN_ACTION: {
    message: 'unknown action {name}',
    remedy: 'Check its spelling{suggestion}; docs/seclang.md lists what works.',
  },
  SECLANG_UNSUPPORTED: { message: '{what} is not implemented', remedy: '{alternative}' },
  SECLANG_BAD_ARGUMENT: { message: '{what}: {reason}', remedy: 'Give it an argument of the form it takes.' },
  SECLANG_DUPLICATE_ID: {
    message: 'rule id {id} is used twice, first at {first}',
    remedy: 'Give each rule an id of its own.',
  },
  SECLANG_MISSING_ID: { message: 'a rule without an id', remedy: 'Add id:NUMBER to its actions.' },
  SECLANG_BAD_CHAIN: { message: '{reason}', remedy: 'Let the next rule follow the chain action at once.' },
  RULE_FILE_UNREADABLE: {
    message: 'cannot read {path}: {reason}',
    remedy: 'Check the path and its permissions.',
  },
  SCHEMA_INVALID: {
    message: '{path}#{pointer}: {reason}',
    remedy: 'Correct the schema at the JSON pointer after the #.',
  },
  // Patterns
  PATTERN_SYNTAX: { message: '{reason}', remedy: 'Correct the pattern at the place shown.' },
  PATTERN_UNSUPPORTED: { message: '{reason}', remedy: 'Rewrite the pattern without this construct.' },
  // Compiled rule sets
  COMPILE_LIMIT: {
    message: '{rule} cannot be compiled: {reason}',
    remedy: 'Simplify its pattern: nested and large repeats cost most.',
  },
  BUNDLE_CORRUPT: { message: 'compiled rules {path}: {reason}', remedy: 'Delete the file; it is made anew.' },
  // Native code
  NATIVE_MISSING: { message: 'the native part {path} is missing', remedy: 'Run ./sluice setup to build it.' },
  NATIVE_FAILED: { message: '{what}: {reason}', remedy: 'This is a defect: please report it with the rule.' },
  // A transaction
  MATCH_LIMIT: { message: 'the match limit was reached: {reason}', remedy: 'Simplify the pattern named.' },
  ATTRIBUTES_NOT_BYTES: {
    message: '{what} has a character beyond U+00FF',
    remedy: 'Give bytes, one a character: fromText makes them of text.',
  },
  PHASE_ORDER: { message: '{called} after {phase}', remedy: 'Call the phases in their order, each once.' },
} as const satisfies Record<string, ErrorDefinition>;

export type EngineErrorCode = keyof typeof ENGINE_ERRORS;

export interface EngineErrorOptions {
  readonly position?: SourcePosition;
  /** The source line at `position`, shown with a caret below its column. */
  readonly sourceLine?: string;
  readonly cause?: unknown;
}

/** Fills `{name}` in a template from `details`; what is not given stays empty. */
const fill = (template: string, details: Readonly<Record<string, string | number>>): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? ''));

/** The only error class that the engine throws for input it refuses. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: EngineErrorCode;
  readonly details: Readonly<Record<string, string | number>>;
  readonly remedy: string;
  readonly position: SourcePosition | undefined;
  /** The message alone, without code, place and source line. */
  readonly rawMessage: string;

  constructor(
    code: EngineErrorCode,
    details: Readonly<Record<string, string | number>> = {},
    options: EngineErrorOptions = {},
  ) {
    const rawMessage = fill(ENGINE_ERRORS[code].message, details);
    super(
      formatMessage(code, rawMessage, options),
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.code = code;
    this.details = details;
    this.rawMessage = rawMessage;
    this.remedy = fill(ENGINE_ERRORS[code].remedy, details);
    this.position = options.position;
  }
}

function formatMessage(code: EngineErrorCode, message: string, options: EngineErrorOptions): string {
  const { position, sourceLine } = options;
  if (position === undefined) return `${message} [${code}]`;
  const head = `${position.file}:${position.line}:${position.column}: ${message} [${code}]`;
  if (sourceLine === undefined) return head;
  const { text: raw, column } = windowOf(sourceLine, position.column - 1);
  // Rule files may come from others: no character of theirs steers the terminal.
  const text = raw.replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/g, '·');
  // Tabs stay tabs in the caret line, so that the caret stands where the terminal shows the column.
  const indent = text.slice(0, column).replace(/[^\t]/g, ' ');
  return `${head}\n  ${text}\n  ${indent}^`;
}

/** Longer source lines are cut around the caret: a rule's pattern can have thousands of bytes. */
const SOURCE_LINE_BYTES_MAX = 120;

/** The part of a line around a column (from 0), and the column in that part. */
function windowOf(line: string, column: number): { readonly text: string; readonly column: number } {
  if (line.length <= SOURCE_LINE_BYTES_MAX) return { text: line, column };
  const start = Math.max(
    0,
    Math.min(column - SOURCE_LINE_BYTES_MAX / 2, line.length - SOURCE_LINE_BYTES_MAX),
  );
  const end = start + SOURCE_LINE_BYTES_MAX;
  const before = start > 0 ? '…' : '';
  const after = end < line.length ? '…' : '';
  return { text: before + line.slice(start, end) + after, column: column - start + before.length };
}
