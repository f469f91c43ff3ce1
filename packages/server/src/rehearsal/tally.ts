/** What a candidate judged otherwise than the rules in force. */
import type { Verdict } from '../inspector.ts';
import { REHEARSAL_LIMITS } from './limits.ts';

/** What was found about one request, by one of the two. */
export interface Finding {
  readonly verdict: Verdict['kind'];
  readonly rules: readonly number[];
}

/** Of something that differed: how often, and the first request ids. */
export interface Difference {
  readonly what: string;
  readonly count: number;
  readonly requests: readonly string[];
}

export interface TallyReport {
  readonly compared: number;
  /** Requests whose verdict changed, `allow to deny` and the like; the most frequent first. */
  readonly verdicts: readonly Difference[];
  /** Rules that matched with the candidate only, by their id. */
  readonly newMatches: readonly Difference[];
  /** Rules that matched with those in force only. */
  readonly lostMatches: readonly Difference[];
}

interface Entry {
  count: number;
  readonly requests: string[];
}

export class Tally {
  #compared = 0;
  readonly #verdicts = new Map<string, Entry>();
  readonly #newMatches = new Map<string, Entry>();
  readonly #lostMatches = new Map<string, Entry>();

  /** True where the verdict changed. */
  add(requestId: string, inForce: Finding, candidate: Finding): boolean {
    this.#compared++;
    const known = new Set(inForce.rules);
    const found = new Set(candidate.rules);
    for (const id of found) if (!known.has(id)) note(this.#newMatches, String(id), requestId);
    for (const id of known) if (!found.has(id)) note(this.#lostMatches, String(id), requestId);
    if (inForce.verdict === candidate.verdict) return false;
    note(this.#verdicts, `${inForce.verdict} to ${candidate.verdict}`, requestId);
    return true;
  }

  get report(): TallyReport {
    return {
      compared: this.#compared,
      verdicts: listOf(this.#verdicts),
      newMatches: listOf(this.#newMatches),
      lostMatches: listOf(this.#lostMatches),
    };
  }
}

function note(entries: Map<string, Entry>, what: string, requestId: string): void {
  const { differencesMax, examplesMax } = REHEARSAL_LIMITS;
  // Rules are as many as files have; ids that macros make up are not among them.
  const key = entries.has(what) || entries.size < differencesMax ? what : 'others';
  const entry = entries.get(key) ?? { count: 0, requests: [] };
  entry.count++;
  if (entry.requests.length < examplesMax) entry.requests.push(requestId);
  entries.set(key, entry);
}

const listOf = (entries: ReadonlyMap<string, Entry>): readonly Difference[] =>
  [...entries]
    .map(([what, { count, requests }]) => ({ what, count, requests }))
    .sort((a, b) => b.count - a.count || (a.what < b.what ? -1 : 1));
