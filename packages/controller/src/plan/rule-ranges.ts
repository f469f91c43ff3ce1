/** Which rules an exclusion names, and whether what is allowed covers them. */
import type { Exclusion } from '../kinds/objects.ts';
import { PROTECTED_RULES } from '../rules/protected.ts';

type Range = readonly [first: number, last: number];

/** Tags that protected rules of the CRS have: an exclusion by one of these would reach them. A test reads the CRS. */
export const PROTECTED_TAGS: ReadonlySet<string> = new Set(['OWASP_CRS', 'anomaly-evaluation', 'reporting']);

const RANGE = /^(\d{1,15})(?:-(\d{1,15}))?$/;

/** Null where it is neither an id nor a range. */
function rangeOf(rule: number | string): Range | null {
  const match = RANGE.exec(String(rule));
  return match === null ? null : [Number(match[1]), Number(match[2] ?? match[1])];
}

export interface Uncovered {
  readonly name: string;
  readonly reason: string;
  readonly isProtected: boolean;
}

/** What of an exclusion may not be: empty where all of it may. */
export function coverage(exclusion: Exclusion, allowed: readonly (number | string)[]): readonly Uncovered[] {
  const all = allowed.includes('*');
  const ranges = joined(allowed.map(rangeOf).filter((range) => range !== null));
  const rules = (exclusion.rules ?? []).flatMap((rule): readonly Uncovered[] => {
    const name = `rule ${rule}`;
    const range = rangeOf(rule);
    if (range === null) return [{ name, reason: 'neither an id nor a range', isProtected: false }];
    const hit = PROTECTED_RULES.find(([first, last]) => first <= range[1] && last >= range[0]);
    if (hit !== undefined)
      return [{ name, reason: `rules ${hit.join('-')} are protected`, isProtected: true }];
    if (all || ranges.some(([first, last]) => first <= range[0] && range[1] <= last)) return [];
    return [{ name, reason: 'allow.exclusions has it not', isProtected: false }];
  });
  const tags = (exclusion.tags ?? []).flatMap((tag): readonly Uncovered[] => {
    const name = `tag ${tag}`;
    if (PROTECTED_TAGS.has(tag)) return [{ name, reason: 'protected rules have it', isProtected: true }];
    return all ? [] : [{ name, reason: "allow.exclusions is not '*'", isProtected: false }];
  });
  return [...rules, ...tags];
}

/** Ranges in order, those that touch as one: together they may cover what none does. */
function joined(ranges: readonly Range[]): readonly Range[] {
  const out: [number, number][] = [];
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const before = out.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else out.push([first, last]);
  }
  return out;
}
