/** What a page looks at, in its address: a link to it shows another the same. */
import { useCallback, useMemo } from 'react';
import { useSearchParams } from './search-params.ts';
import { DEFAULT_SPAN, lastOf, type TimeRange } from './time.tsx';

export interface Place {
  readonly query: string;
  readonly range: TimeRange & { readonly span: number | null };
  /** Differs whenever something else is asked, or the same once more. */
  readonly key: string;
  readonly setQuery: (query: string) => void;
  readonly setSpan: (span: number) => void;
  readonly setTime: (range: TimeRange) => void;
}

const whole = (text: string | null): number | null =>
  text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;

export function usePlace(): Place {
  const [params, setParams] = useSearchParams();
  const query = params.get('q') ?? '';
  const from = whole(params.get('from'));
  const to = whole(params.get('to'));
  const round = params.get('r') ?? '';
  const span = from !== null && to !== null ? null : (whole(params.get('span')) ?? DEFAULT_SPAN);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another round is another now
  const range = useMemo(
    () => (span === null ? { from: from ?? 0, to: to ?? 0, span } : { ...lastOf(span), span }),
    [from, to, span, round],
  );
  const change = useCallback(
    (changes: Readonly<Record<string, string | null>>) =>
      setParams((former) => {
        const next = new URLSearchParams(former);
        for (const [name, value] of Object.entries(changes)) {
          if (value === null || value === '') next.delete(name);
          else next.set(name, value);
        }
        return next;
      }),
    [setParams],
  );
  const now = (): string => Date.now().toString(36);
  return {
    query,
    range,
    key: JSON.stringify([query, range]),
    setQuery: (text) => change({ q: text, r: now() }),
    setSpan: (millis) => change({ span: String(millis), from: null, to: null, r: now() }),
    setTime: (time) =>
      change({ from: String(Math.floor(time.from)), to: String(Math.ceil(time.to)), span: null }),
  };
}
