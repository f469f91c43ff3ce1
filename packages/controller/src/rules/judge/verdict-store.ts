/**
 * Verdicts by what they were reached from, in memory and on disk: a controller that starts judges nothing again that an earlier
 * one has judged on the same base with the same code. What cannot be read counts as not there.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { JUDGE_LIMITS } from '../limits.ts';
import type { RuleSetVerdict } from '../verdict.ts';

const REASONS = ['SecLangInvalid', 'ProtectedRule', 'WeakerThanAllowed', 'TestsFailed', 'TooLarge'] as const;

const verdict = z.union([
  z.strictObject({
    kind: z.literal('ok'),
    rules: z.int(),
    ids: z.array(z.int()),
    warnings: z.array(z.string()),
  }),
  z.strictObject({
    kind: z.literal('refused'),
    reason: z.enum(REASONS),
    message: z.string(),
    problems: z.array(
      z.strictObject({
        reason: z.enum(REASONS),
        field: z.string(),
        line: z.int().nullable(),
        column: z.int().nullable(),
        message: z.string(),
      }),
    ),
  }),
]);

const verdicts = z.array(z.tuple([z.string(), verdict]));

export type PlaceVerdicts = ReadonlyMap<string, RuleSetVerdict>;

const ENDING = '.verdicts.json';

export class VerdictStore {
  readonly #directory: string | null;
  readonly #kept = new Map<string, PlaceVerdicts>();
  #written = 0;

  /** @param directory made where it is not there, with mode 0700; null keeps nothing on disk */
  constructor(directory: string | null) {
    this.#directory = directory;
    if (directory !== null) mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** @param digest in hexadecimal */
  find(digest: string): PlaceVerdicts | null {
    const known = this.#kept.get(digest) ?? this.#read(digest);
    if (known !== null) this.#keep(digest, known);
    return known;
  }

  save(digest: string, found: PlaceVerdicts): void {
    this.#keep(digest, found);
    if (this.#directory === null) return;
    const temporary = join(this.#directory, `${randomUUID()}.tmp`);
    writeFileSync(temporary, JSON.stringify([...found]), { mode: 0o600 });
    renameSync(temporary, join(this.#directory, `${digest}${ENDING}`));
    this.#written += 1;
    if (this.#written % (JUDGE_LIMITS.verdictsMax / 4) === 1) this.#prune(this.#directory);
  }

  /** In the order of their use: the one used longest ago makes room. */
  #keep(digest: string, found: PlaceVerdicts): void {
    this.#kept.delete(digest);
    this.#kept.set(digest, found);
    if (this.#kept.size <= JUDGE_LIMITS.verdictsMax) return;
    const oldest = this.#kept.keys().next();
    if (!oldest.done) this.#kept.delete(oldest.value);
  }

  #read(digest: string): PlaceVerdicts | null {
    if (this.#directory === null) return null;
    let text: string;
    try {
      text = readFileSync(join(this.#directory, `${digest}${ENDING}`), 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error) return null;
      throw error;
    }
    const read = verdicts.safeParse(parsed(text));
    return read.success ? new Map(read.data) : null;
  }

  #prune(directory: string): void {
    const files = readdirSync(directory)
      .filter((name) => name.endsWith(ENDING))
      .map((name) => join(directory, name))
      .map((path) => ({ path, at: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
      .sort((a, b) => b.at - a.at);
    for (const { path } of files.slice(JUDGE_LIMITS.verdictsMax)) rmSync(path, { force: true });
  }
}

/** Null for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
