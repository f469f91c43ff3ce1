/** Values of a field that events of a time have, for who is writing a query. Nothing is said of it where the store has no room. */
import { useEffect, useState } from 'react';
import { AskError } from '../ask.ts';
import type { Written } from '../completion.ts';
import { type Bucket, type Selection, terms } from '../documents.ts';
import { beginsWith } from '../query-text.ts';

/** Where values are looked for. */
export type Seen = Omit<Selection, 'query'>;

type Value = Bucket['key'][number];

const VALUES_MAX = 20;
/** Beside values that begin otherwise: those of a document's list, and those of no text, which no prefix narrows. */
const BUCKETS_MAX = 200;
const PAUSE_MILLIS = 200;
const WAIT_MILLIS_MAX = 3_000;

interface Found {
  readonly field: string;
  readonly values: readonly Value[];
}

const NOTHING: Found = { field: '', values: [] };

const fits = (value: Value, typed: string): boolean => String(value).startsWith(typed) && value !== '';

/** @param written null: nobody asks */
export function useSeenValues(written: Written | null, seen: Seen): readonly Value[] {
  const [found, setFound] = useState(NOTHING);
  const asked = written?.kind === 'value' ? written : null;
  const { field, typed } = asked ?? { field: '', typed: '' };
  const { dataSet, from, to } = seen;
  useEffect(() => {
    if (field === '') return;
    const ending = new AbortController();
    const signal = AbortSignal.any([ending.signal, AbortSignal.timeout(WAIT_MILLIS_MAX + PAUSE_MILLIS)]);
    const timer = setTimeout(() => {
      valuesOf({ dataSet, from, to }, field, typed, signal).then(
        (values) => setFound({ field, values }),
        () => {
          // Refused, late or superseded: who writes goes on without.
          if (!ending.signal.aborted) setFound(NOTHING);
        },
      );
    }, PAUSE_MILLIS);
    return () => {
      clearTimeout(timer);
      ending.abort();
    };
  }, [field, typed, dataSet, from, to]);
  // Until there is an answer, what is known of the field already.
  if (asked === null || found.field !== field) return [];
  return found.values.filter((value) => fits(value, typed)).slice(0, VALUES_MAX);
}

async function valuesOf(
  seen: Seen,
  field: string,
  typed: string,
  signal: AbortSignal,
): Promise<readonly Value[]> {
  const of = (query: string): Promise<readonly Bucket[]> =>
    terms({ ...seen, query, field, size: BUCKETS_MAX }, signal);
  const buckets =
    typed === ''
      ? await of('')
      : await of(beginsWith(field, typed)).catch((error: unknown) => {
          // Numbers, addresses and the like have no prefix.
          if (error instanceof AskError && error.failure.code === 'QUERY_SYNTAX') return of('');
          throw error;
        });
  return buckets.flatMap(({ key: [value] }) => (value === undefined || !fits(value, typed) ? [] : [value]));
}
