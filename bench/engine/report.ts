/** What a run found, as `--json` prints it. */
import type { ContenderName } from './contender.ts';
import type { Counts } from './counts.ts';
import type { Machine } from './machine.ts';
import type { CaseResult, Dissent, Figures } from './measure.ts';
import type { Opening } from './openings.ts';

export interface ContenderJson extends Figures {
  /** Median time for each byte of the request, head included. */
  readonly nsPerByte: number;
}

export interface SluiceJson extends ContenderJson {
  /** Counted in another process; not of the rows beside the cases. */
  readonly heapBytes?: number | null;
  readonly work?: Counts['work'];
  readonly rememberedShare?: number;
}

/** Peers that were left out are missing. */
export interface CaseJson {
  readonly name: string;
  readonly about: string;
  readonly requests: number;
  readonly bytes: number;
  readonly denied: number;
  readonly sluice: SluiceJson;
  readonly coraza?: ContenderJson;
  readonly corazaPrefilter?: ContenderJson;
  readonly libmodsecurity?: ContenderJson;
  /** The other's median over Sluice's: above 1, Sluice is faster. Not of engines that read the request otherwise. */
  readonly ratio: Readonly<Record<string, number>>;
  /** The same of processor time. */
  readonly ratioCpu: Readonly<Record<string, number>>;
  /** Why an engine has no ratio. */
  readonly note?: string;
}

export interface RowsJson {
  readonly name: string;
  readonly cases: readonly CaseJson[];
}

type ByLevel = Readonly<Record<string, number>>;

export interface BenchReport {
  readonly date: string;
  readonly seed: string;
  readonly seconds: number;
  readonly rules: { readonly crs: boolean; readonly paranoia: number; readonly files: readonly string[] };
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly cases: readonly CaseJson[];
  /** The same cases with other rules. */
  readonly rows: readonly RowsJson[];
  /** Resident bytes by paranoia level, "pl1" and so on: Sluice's, and of all engines; after 800 requests. */
  readonly memory: {
    readonly rssBytes: ByLevel;
    readonly byContender: Readonly<Record<string, ByLevel>>;
  };
  /** Milliseconds at the run's paranoia level. */
  readonly start: Readonly<Record<string, { readonly loadMs: number; readonly firstVerdictMs: number }>>;
  readonly leftOut: readonly string[];
  readonly dissent: readonly Dissent[];
}

export function caseJson(result: CaseResult, counts: Counts | undefined): CaseJson {
  const { name, about, requests, bytes, denied, figures, incomparable } = result;
  const all = new Map<ContenderName, ContenderJson>();
  for (const [contender, each] of figures)
    all.set(contender, { ...each, nsPerByte: (each.p50Us * 1_000) / bytes });
  const { sluice, ...peers } = Object.fromEntries(all) as Record<ContenderName, ContenderJson>;
  const ratios = (value: (figures: Figures) => number): Record<string, number> =>
    Object.fromEntries(
      Object.entries(peers)
        .filter(([contender]) => !incomparable?.contenders.some((each) => each === contender))
        .map(([contender, each]) => [contender, value(each) / value(sluice)]),
    );
  return {
    name,
    about,
    requests,
    bytes,
    denied,
    sluice: counts === undefined ? sluice : { ...sluice, ...counts },
    ...peers,
    ratio: ratios(({ p50Us }) => p50Us),
    ratioCpu: ratios(({ cpuUs }) => cpuUs),
    ...(incomparable !== null && Object.keys(peers).length > 0 ? { note: incomparable.reason } : {}),
  };
}

export function memoryJson(opened: readonly Opening[]): BenchReport['memory'] {
  const byContender = Object.fromEntries(
    [...Map.groupBy(opened, ({ contender }) => contender)].map(([contender, all]): [string, ByLevel] => [
      contender,
      Object.fromEntries(all.map(({ paranoia, rssBytes }) => [`pl${paranoia}`, rssBytes])),
    ]),
  );
  return { rssBytes: byContender.sluice ?? {}, byContender };
}

export const startJson = (opened: readonly Opening[], paranoia: number): BenchReport['start'] =>
  Object.fromEntries(
    opened
      .filter((opening) => opening.paranoia === paranoia)
      .map(({ contender, loadMillis, firstVerdictMillis }) => [
        contender,
        { loadMs: loadMillis, firstVerdictMs: firstVerdictMillis },
      ]),
  );
