/** A kind of traffic: requests that are alike in form and cost, each different. */
import type { ContenderName } from '../contender.ts';
import type { Random } from '../random.ts';
import type { BenchRequest } from '../request.ts';

export interface BenchCase {
  readonly name: string;
  /** What it stands for, in a few words. */
  readonly about: string;
  /** What the CRS makes of it at paranoia level 1; null where nothing is expected: one's own traffic, one's own rules. */
  readonly verdict: 'allow' | 'deny' | null;
  /** Engines that are known to read such requests otherwise, with the reason: they are timed, and not compared. */
  readonly differs?: { readonly contenders: readonly ContenderName[]; readonly reason: string };
  /** The next request; `index` counts from 0 and tells requests apart that chance would make equal. */
  make(random: Random, index: number): BenchRequest;
}
