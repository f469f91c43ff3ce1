/** What is measured in the browser, and what is made of it. */
import { ascending, percentile } from '../engine/percentile.ts';

export interface Sizes {
  readonly requests: number;
  readonly bytes: number;
  /** By gzip, level 9: what the first view loads before it asks anything. */
  readonly gzipBytes: number;
}

export interface FirstViews {
  /** Until numbers are there to be read. */
  readonly shown: readonly number[];
  /** Until nothing waits any more. */
  readonly whole: readonly number[];
  readonly sizes: Sizes;
}

export interface Searches {
  /** From Search to the rows. */
  readonly rows: readonly number[];
  /** Until bars and facets are of the new query too. */
  readonly whole: readonly number[];
}

export interface Measured {
  readonly views: FirstViews;
  readonly found: Searches;
}

export interface Figure {
  readonly name: string;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly samples: number;
}

export const figureOf = (name: string, millis: readonly number[]): Figure => {
  const sorted = ascending(millis);
  const rounded = (part: number): number => Math.round(percentile(sorted, part));
  return { name, p50: rounded(0.5), p99: rounded(0.99), samples: millis.length };
};
