/** What the tests of patterns share: outcomes as text, and the material that the Core Rule Set brings. */
import { globSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { EngineError } from '../src/errors.ts';
import { native } from '../src/native/binding.ts';
import type { NativeRegex } from '../src/native/contract.ts';

/** High enough for every honest payload, low enough to end soon on the others. */
const ORACLE_STEPS = 1_000_000;

/**
 * A pattern as rules write it, in PCRE2 itself. Auto-possessification is off: in 10.42 it takes \h for a part of \s and
 * so misses `\h?\S` on \xa0.
 */
export const oracle = (pattern: string): NativeRegex =>
  native.compilePcre2(`(*NO_AUTO_POSSESS)${pattern}`, { matchLimit: ORACLE_STEPS });

export const printedPcre2 = (pattern: string): NativeRegex =>
  native.compilePcre2(pattern, { matchLimit: ORACLE_STEPS });

export const printedRe2 = (pattern: string): NativeRegex =>
  native.compileRe2(pattern, { maxMemoryBytes: 64 * 1024 * 1024 });

/** The groups of a match as text, 'none', or null where the engine reached its limit. */
export function outcome(regex: NativeRegex, value: string): string | null {
  try {
    return regex.exec(value)?.join() ?? 'none';
  } catch (error) {
    if (error instanceof EngineError && error.code === 'MATCH_LIMIT') return null;
    throw error;
  }
}

/** What a function throws, which must be an EngineError; null where it throws nothing. */
export function refusal(call: () => unknown): EngineError | null {
  try {
    call();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  return null;
}

const MODULES = process.env.GOMODCACHE ?? join(process.env.GOPATH ?? join(homedir(), 'go'), 'pkg/mod');
export const crsDirectory = join(MODULES, 'github.com/corazawaf/coraza-coreruleset/v4@v4.25.0');

/** Every `@rx` pattern of the rule files, each once. Empty where the rule set is not on this machine. */
export function crsPatterns(): readonly string[] {
  const patterns = new Set<string>();
  for (const file of globSync(join(crsDirectory, 'rules/@owasp_crs/*.conf')).sort()) {
    const text = readFileSync(file, 'latin1').replaceAll('\\\n', '');
    for (const match of text.matchAll(/"!?@rx ((?:[^"\\]|\\.)*)"/g)) {
      patterns.add((match[1] ?? '').replaceAll('\\"', '"'));
    }
  }
  return [...patterns];
}

const percentDecoded = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** The strings of the rule set's own tests (URIs, bodies, headers), as they are and decoded. */
export function crsPayloads(): readonly string[] {
  const payloads = new Set<string>();
  for (const file of globSync(join(crsDirectory, 'tests/*/*.yaml')).sort()) {
    for (const match of readFileSync(file, 'latin1').matchAll(/^ {8,}[\w-]+: *(\S.*)$/gm)) {
      const payload = (match[1] ?? '').replace(/^(["'])(.*)\1$/, '$2');
      payloads.add(payload);
      payloads.add(percentDecoded(payload));
    }
  }
  return [...payloads];
}
