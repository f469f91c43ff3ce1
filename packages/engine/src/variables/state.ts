/** All that rules can read and write of one transaction. Each transaction has its own; nothing is reused. */
import type { ResponseProcessor } from '../body/processor.ts';
import type { CompiledRule } from '../rule-set/program.ts';
import type { Pair } from './pair.ts';
import type { PersistentRecord } from './persistent.ts';
import type { RequestData } from './request-data.ts';
import type { ResponseData } from './response-data.ts';
import type { TxCollection } from './tx-collection.ts';

/** A value that matched, transformed. */
export interface MatchedVar {
  /** `ARGS:foo`. */
  readonly label: string;
  readonly value: string;
}

export interface VariableState {
  readonly request: RequestData;
  response: ResponseData | null;
  readonly tx: TxCollection;
  /** Records that initcol opened, by upper-case collection name. */
  readonly persistent: Map<string, PersistentRecord>;
  /** What setsid and setuid named; empty before. */
  sessionId: string;
  userId: string;
  /** SecWebAppId. */
  readonly webAppId: string;
  /** ENV: what setenv set for this transaction. */
  readonly env: TxCollection;
  /** GEO: what the last @geoLookup found. */
  geo: readonly Pair[];
  /** ARGS_PATH: what @restpath found. */
  pathArguments: readonly Pair[];
  /** ctl:responseBodyProcessor; null before. */
  responseProcessor: ResponseProcessor | null;
  /** Whether a rule could not be decided within the match limit. */
  readonly matchLimitReached: boolean;
  /** SecGeoLookupDb. */
  readonly geoDatabase: string | null;
  /** The last value matched, transformed, and its label `ARGS:foo`. */
  matchedVar: string;
  matchedVarName: string;
  /** Values matched so far by the rule at hand. */
  matchedVars: MatchedVar[];
  /** The rule at hand, for RULE:id and the like. */
  rule: CompiledRule | null;
  /** 0 to 7 of what matched so far; 255 before. */
  highestSeverity: number;
  /** Milliseconds since the epoch, when the transaction began. */
  readonly startedAtMillis: number;
  /** Microseconds since the transaction began. */
  elapsedMicros(): number;
  readonly uniqueId: string;
}
