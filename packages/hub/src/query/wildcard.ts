/** Patterns with `*` and `?`, in time that is linear in the text but for `?`, and never worse than text times pattern. */
import { wellFormed } from './text.ts';
import type { PatternPart } from './tree.ts';

/** What stands between two `*`: texts, and numbers of characters that may be any. */
type Segment = readonly (string | number)[];

/** How many UTF-16 units the character at a place has; the text is well-formed. */
const unitsAt = (text: string, at: number): number => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);

function segmentsOf(pattern: readonly PatternPart[]): readonly Segment[] {
  const segments: (string | number)[][] = [[]];
  for (const part of pattern) {
    if (part.kind === 'any') segments.push([]);
    else segments.at(-1)?.push(part.kind === 'text' ? wellFormed(part.text) : 1);
  }
  return segments;
}

/** Where the segment ends that begins at `at`; -1 where it does not stand there. */
function endOf(segment: Segment, text: string, at: number): number {
  let end = at;
  for (const piece of segment) {
    if (typeof piece === 'string') {
      if (!text.startsWith(piece, end)) return -1;
      end += piece.length;
    } else {
      if (end >= text.length) return -1;
      end += unitsAt(text, end);
    }
  }
  return end;
}

/** Where the first place ends, from `from` on, at which the segment stands. */
function endOfFirst(segment: Segment, text: string, from: number): number {
  const [first] = segment;
  if (first === undefined) return from;
  if (typeof first === 'string' && segment.length === 1) {
    const at = text.indexOf(first, from);
    return at === -1 ? -1 : at + first.length;
  }
  for (let at = from; at < text.length; at += unitsAt(text, at)) {
    const start = typeof first === 'string' ? text.indexOf(first, at) : at;
    if (start === -1) return -1;
    const end = endOf(segment, text, start);
    if (end !== -1) return end;
    at = start;
  }
  return -1;
}

/** Whether the segment stands at the very end, from `from` on at the earliest. */
function standsAtEnd(segment: Segment, text: string, from: number): boolean {
  let start = text.length;
  for (const piece of segment.toReversed()) {
    if (typeof piece === 'string') start -= piece.length;
    else start -= start >= 2 && unitsAt(text, start - 2) === 2 ? 2 : 1;
    if (start < from) return false;
  }
  return endOf(segment, text, start) === text.length;
}

/** Whether a well-formed text matches as a whole, case and all. */
export function wildcard(pattern: readonly PatternPart[]): (text: string) => boolean {
  const segments = segmentsOf(pattern);
  const [head = [], ...rest] = segments;
  const tail = rest.pop();
  if (tail === undefined) return (text) => endOf(head, text, 0) === text.length;
  return (text) => {
    let at = endOf(head, text, 0);
    for (const segment of rest) {
      if (at === -1) return false;
      at = endOfFirst(segment, text, at);
    }
    return at !== -1 && standsAtEnd(tail, text, at);
  };
}
