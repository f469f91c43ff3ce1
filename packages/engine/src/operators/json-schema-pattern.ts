/**
 * Patterns of JSON Schema: ECMAScript's, over characters (JSON Schema 2020-12, 6.3.3). Here they become patterns over the
 * bytes of UTF-8, which the engine compiles like those of rules: in linear time. Look-around and references to groups are
 * refused, since no linear engine has them.
 */
import type { RegExpEngine } from 'ajv/dist/types/index.js';
import { fromText } from '../bytes.ts';
import { EngineError } from '../errors.ts';
import type { Regex } from './operator.ts';
import { bytePattern, type CodePointRange } from './utf8-ranges.ts';

/** Why a pattern is not taken. */
export type PatternRefusal = { readonly reason: string };

/** A class, an escape, the beginning of a group, or one character. */
const TOKEN =
  /\[(?:\\.|[^\]\\])*\]|\\(?:[pP]\{[^}]*\}|u\{[0-9a-fA-F]+\}|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[A-Za-z]|k<[^>]*>|[1-9][0-9]*|.)|\((?:\?(?:<?[=!]|<[^>]*>|[a-z-]*:)?)?|./gsu;

/** What means the same over bytes as over characters. */
const STRUCTURE = new Set(['|', ')', '*', '+', '?', '{', '}', '^', '$', '\\b', '\\B']);
/** A class of ASCII characters alone: its negation and `\s` hold others. */
const ASCII_CLASS = /^\[(?!\^)(?:\\[dw\-.\\/[\]{}()*+?^$|]|[\x20-\x5b\x5d-\x7e])*\]$/;

/**
 * The pattern over bytes.
 *
 * @param pattern as a schema has it
 */
export function schemaPattern(pattern: string): string | PatternRefusal {
  const syntax = syntaxError(pattern);
  if (syntax !== null) return { reason: syntax };
  let printed = '';
  for (const [token] of pattern.matchAll(TOKEN)) {
    if (token.startsWith('(')) {
      if (!/^\((?:\?:|\?<[^=!].*)?$/.test(token)) return { reason: `${token} is not implemented` };
      printed += '(?:';
    } else if (/^\\(?:[1-9]|k<)/.test(token)) {
      return { reason: `the reference ${token} is not implemented` };
    } else {
      printed += STRUCTURE.has(token) || isRepeatDigit(token) ? token : ofToken(token);
    }
  }
  return printed;
}

/** Digits and commas stand for themselves, alone or in `{2,3}`. */
const isRepeatDigit = (token: string): boolean => /^[0-9,]$/.test(token);

function syntaxError(pattern: string): string | null {
  try {
    new RegExp(pattern, 'u');
    return null;
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

/** Texts of tokens: a schema has few, and the same ones. */
const known = new Map<string, string>();
const KNOWN_MAX = 512;

function ofToken(token: string): string {
  const found = known.get(token);
  if (found !== undefined) return found;
  const printed = bytePattern(rangesOf(token));
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(token, printed);
  return printed;
}

/** The characters that a token stands for, asked of the engine whose syntax it is. */
function rangesOf(token: string): readonly CodePointRange[] {
  const isAscii = ASCII_CLASS.test(token) || /^(?:[\x00-\x2d\x2f-\x7f]|\\[dw]|\\[^pPsSdDwWux])$/.test(token);
  const runs = new RegExp(`${token}+`, 'gu');
  const ranges: CodePointRange[] = [];
  for (const [run] of (isAscii ? ASCII : allCharacters()).matchAll(runs)) {
    const first = run.codePointAt(0) ?? 0;
    const last = run.codePointAt(
      isLowSurrogate(run.charCodeAt(run.length - 1)) ? run.length - 2 : run.length - 1,
    );
    ranges.push([first, last ?? first]);
  }
  return ranges;
}

const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

const ASCII = String.fromCharCode(...Array.from({ length: 0x80 }, (_, code) => code));
const BLOCK = 0x1000;

/** Every character once, in order. Made when it is needed: few schemas ask for it, and it has four megabytes. */
function allCharacters(): string {
  const blocks: string[] = [];
  for (let start = 0; start < 0x11_0000; start += BLOCK) {
    const codes = Array.from({ length: BLOCK }, (_, index) => start + index);
    blocks.push(String.fromCodePoint(...codes.filter((code) => code < 0xd800 || code > 0xdfff)));
  }
  return blocks.join('');
}

/**
 * How the validator gets its patterns.
 *
 * @param refuse makes the error for a pattern that is not taken
 */
export function patternEngine(
  compileRegex: (pattern: string) => Regex,
  refuse: (pattern: string, reason: string) => EngineError,
): RegExpEngine {
  const compile = (pattern: string) => {
    const printed = schemaPattern(pattern);
    if (typeof printed !== 'string') throw refuse(pattern, printed.reason);
    const regex = compiled(printed, pattern);
    // The validator tells patterns apart by their text.
    return { test: (text: string) => regex.test(fromText(text)), toString: () => pattern };
  };
  const compiled = (printed: string, pattern: string): Regex => {
    try {
      return compileRegex(printed);
    } catch (error) {
      if (error instanceof EngineError) throw refuse(pattern, error.rawMessage);
      throw error;
    }
  };
  return Object.assign(compile, { code: 'new RegExp' });
}
