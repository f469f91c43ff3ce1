/** Parts of a text that are masked, however many of them overlap. */

/** A part of a text: from `start` up to `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Replaces each run of overlapping or touching parts by one mask.
 *
 * @param shownMax characters of the text that are shown; a part that reaches beyond them is masked as a whole
 */
export function maskSpans(
  text: string,
  spans: readonly Span[],
  mask: string,
  shownMax: number = text.length,
): string {
  const sorted = spans.filter(({ start }) => start < shownMax).sort((a, b) => a.start - b.start);
  let masked = '';
  let shown = 0;
  for (const { start, end } of sorted) {
    if (start > shown || masked === '') masked += text.slice(shown, Math.max(start, shown)) + mask;
    shown = Math.max(shown, end);
  }
  return masked + text.slice(shown, Math.max(shown, shownMax));
}
