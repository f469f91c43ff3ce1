/** Errors and warnings, for people and for programs. */
import type { EngineError, RuleCheck, SourcePosition } from '@sluice/engine';
import type { Style } from '../inspect/render-value.ts';
import { toText, visible } from '../inspect/visible.ts';
import type { Warning } from './warning.ts';

export interface Report {
  readonly check: RuleCheck;
  readonly warnings: readonly Warning[];
}

export function renderReport({ check, warnings }: Report, style: Style): string {
  const findings = [
    ...check.errors.map((error) => renderError(error, check, style)),
    ...warnings.map((warning) => renderWarning(warning, check, style)),
  ];
  const { errors, rules } = check;
  const sum = `${count(check.texts.size, 'file')}, ${count(rules.length, 'rule')}: ${count(errors.length, 'error')}, ${count(warnings.length, 'warning')}.`;
  return `${[...findings, sum].join('\n')}\n`;
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

function renderError(error: EngineError, { texts }: RuleCheck, style: Style): string {
  const { code, remedy } = error;
  const position = placeOf(error, texts);
  return finding(
    style.red('error'),
    position,
    `${visible(messageOf(error))} [${code}]`,
    remedy,
    texts,
    style,
  );
}

/** Errors of patterns show the pattern below the message; here its line is shown already. */
const messageOf = ({ rawMessage }: EngineError): string => rawMessage.split('\n', 1)[0] ?? '';

/** The place of an error; in a pattern the very character, where nothing before it is escaped for its quotes. */
function placeOf(
  { position, code, rawMessage }: EngineError,
  texts: RuleCheck['texts'],
): SourcePosition | null {
  if (position === undefined) return null;
  const offset = Number(/ at offset (\d+)$/m.exec(rawMessage)?.[1] ?? 0);
  const source = lineOf(texts.get(position.file), position.line)?.slice(position.column - 1) ?? '';
  const plain = offset < source.length && !/\\["'\\]/.test(source.slice(0, offset));
  return code === 'PATTERN_SYNTAX' && plain ? { ...position, column: position.column + offset } : position;
}

const lineOf = (text: string | undefined, line: number): string | undefined =>
  text?.split('\n', line)[line - 1]?.replace(/\r$/, '');

function renderWarning(
  { kind, position, message, remedy }: Warning,
  { texts }: RuleCheck,
  style: Style,
): string {
  return finding(style.yellow('warning'), position, `${visible(message)} [${kind}]`, remedy, texts, style);
}

function finding(
  word: string,
  position: SourcePosition | null,
  message: string,
  remedy: string,
  texts: RuleCheck['texts'],
  style: Style,
): string {
  const place = position === null ? '' : `${position.file}:${position.line}:${position.column}: `;
  return [
    `${style.bold(place)}${word}: ${message}`,
    ...(position === null ? [] : sourceLines(position, texts.get(position.file), style)),
    `  ${style.dim(`remedy: ${visible(remedy)}`)}`,
    '',
  ].join('\n');
}

const LINE_BYTES_MAX = 110;

/** The line of a place with a caret below its column, cut around it where it is long. */
function sourceLines(
  { line, column }: SourcePosition,
  text: string | undefined,
  style: Style,
): readonly string[] {
  const source = lineOf(text, line);
  if (source === undefined) return [];
  const from = source.length <= LINE_BYTES_MAX ? 0 : Math.max(0, column - 1 - LINE_BYTES_MAX / 2);
  const to = Math.min(source.length, from + LINE_BYTES_MAX);
  const before = `${from > 0 ? '…' : ''}${visibleLine(source.slice(from, column - 1))}`;
  const rest = `${visibleLine(source.slice(column - 1, to))}${to < source.length ? '…' : ''}`;
  const number = String(line).padStart(5);
  return [
    `${number} | ${before}${rest}`,
    `${' '.repeat(number.length)} | ${' '.repeat([...before].length)}${style.red('^')}`,
  ];
}

/** Tabs as blanks, so that the caret stands below its column. */
const visibleLine = (text: string): string => visible(text.replaceAll('\t', '  '));

export function reportToJson({ check, warnings }: Report): object {
  return {
    files: check.texts.size,
    rules: check.rules.length,
    errors: check.errors.map((error) => ({
      code: error.code,
      message: toText(messageOf(error)),
      remedy: error.remedy,
      position: placeOf(error, check.texts),
    })),
    warnings: warnings.map((warning) => ({ ...warning, message: toText(warning.message) })),
  };
}
