/** What the store holds, as pages see it. Every text in it may come from an attacker. */
import { ask } from './ask.ts';

export type DataSet = 'waf' | 'l7';

export interface Stored {
  readonly id: string;
  readonly document: Readonly<Record<string, unknown>>;
}

export interface Bucket {
  readonly key: readonly (string | number | boolean)[];
  readonly count: number;
  readonly metric: number | null;
}

/** Times in milliseconds since the epoch. */
export interface Selection {
  readonly dataSet: DataSet;
  readonly query: string;
  readonly from: number;
  readonly to: number;
}

const post = <T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> =>
  ask<T>(path, { method: 'POST', body, ...(signal === undefined ? {} : { signal }) });

export const search = (
  asked: Selection & { readonly size: number; readonly cursor?: string; readonly sort?: string },
  signal?: AbortSignal,
): Promise<{ readonly documents: readonly Stored[]; readonly cursor: string | null }> =>
  post('/v1/events/search', asked, signal);

export const count = async (asked: Selection, signal?: AbortSignal): Promise<number> =>
  (await post<{ readonly count: number }>('/v1/events/count', asked, signal)).count;

export const histogram = async (
  asked: Selection & { readonly intervalMillis: number; readonly metric?: string },
  signal?: AbortSignal,
): Promise<readonly Bucket[]> => {
  const body = { ...asked, kind: 'date_histogram' };
  return (await post<{ readonly buckets: readonly Bucket[] }>('/v1/events/aggregate', body, signal)).buckets;
};

export const terms = async (
  asked: Selection & { readonly field: string; readonly size: number; readonly metric?: string },
  signal?: AbortSignal,
): Promise<readonly Bucket[]> => {
  const body = { ...asked, kind: 'terms' };
  return (await post<{ readonly buckets: readonly Bucket[] }>('/v1/events/aggregate', body, signal)).buckets;
};

export const groups = async (
  asked: Selection & { readonly fields: readonly string[]; readonly size: number; readonly metric?: string },
  signal?: AbortSignal,
): Promise<readonly Bucket[]> => {
  const body = { ...asked, kind: 'composite' };
  return (await post<{ readonly buckets: readonly Bucket[] }>('/v1/events/aggregate', body, signal)).buckets;
};

export const one = (dataSet: DataSet, id: string, signal?: AbortSignal): Promise<Stored> =>
  ask(`/v1/events/${dataSet}/${encodeURIComponent(id)}`, signal === undefined ? {} : { signal });

/** The value at a dotted path. */
export function at(document: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => Object(value)[name], document);
}

/** Text of the value at a path; of a list its first; empty where there is none. */
export function textAt(document: unknown, path: string): string {
  const value = at(document, path);
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return first === undefined || first === null || typeof first === 'object' ? '' : String(first);
}

export function numberAt(document: unknown, path: string): number | null {
  const value = at(document, path);
  return typeof value === 'number' ? value : null;
}

export function listAt(document: unknown, path: string): readonly unknown[] {
  const value = at(document, path);
  return Array.isArray(value) ? value : [];
}
