/** `sluice promote exclusions`: what a policy does without, who answers for it, until when, and what it took from stored requests. */
import { readFileSync } from 'node:fs';
import { type Hits, hitsOf, ruleRange } from '@sluice/hub/promote';
import { type Config, type ExclusionHitsReport, exclusionId, loadConfig } from '@sluice/server';
import { type Document, parseDocument } from 'yaml';
import { z } from 'zod';
import type { EventsEnvironment } from '../events/session.ts';
import { oneLine, safeJson } from '../events/text.ts';
import { RulesUpdateError } from '../rules-update/errors.ts';
import { page } from '../rules-update/watch.ts';
import { EXIT } from '../setup/errors.ts';
import type { ConfigFlags } from './exclude.ts';
import { policyOf } from './exclude.ts';
import { secLangOf } from './seclang.ts';
import { analysisOf } from './show.ts';

export interface ExclusionsFlags extends ConfigFlags {
  readonly json?: true;
}

/** As the file has it, which `loadConfig` has found good. */
const written = z.array(
  z.object({
    rules: z.array(z.union([z.number(), z.string()])).default([]),
    tags: z.array(z.string()).default([]),
    targets: z.array(z.string()).default([]),
    paths: z.array(z.string()).default([]),
    reason: z.string().default(''),
    owner: z.string().default(''),
    expires: z.string().nullable().default(null),
  }),
);

export type WrittenExclusion = z.output<typeof written>[number];

/** Of a policy of a file that is good. */
export const writtenExclusions = (document: Document, policy: string): readonly WrittenExclusion[] =>
  written.parse(document.toJS()?.policies?.[policy]?.exclusions ?? []);

/** What the running server has counted since the exclusion came into force, of the requests that it looked at. */
interface Counted {
  readonly hits: number;
  /** ISO 8601; null where there was none. */
  readonly last: string | null;
  readonly since: string;
}

interface Listed extends Hits {
  /** As the metrics have it. */
  readonly id: string;
  /** Null where the server counts nothing, or nobody is asked. */
  readonly inForce: Counted | null;
  readonly exclusion: WrittenExclusion;
  readonly expired: boolean;
  readonly secLang: string;
}

/**
 * @returns 0
 * @throws EventsError, HubError, PromoteError PROMOTE_POLICY, and the errors of configurations
 */
export async function runExclusions(
  workload: string,
  flags: ExclusionsFlags,
  environment: EventsEnvironment,
): Promise<number> {
  const { stdout, now } = environment;
  const analysis = await analysisOf(workload, flags, environment);
  const policy = policyOf(analysis, flags);
  const config = loadConfig(flags.config);
  const report = flags.wait ? await reportOf(config, environment) : null;
  const document = parseDocument(readFileSync(flags.config, 'utf8'));
  const listed = writtenExclusions(document, policy).map((exclusion): Listed => {
    const rules = exclusion.rules.map(ruleRange);
    const { tags, targets, paths, expires } = exclusion;
    const id = exclusionId({ rules, tags, targets, paths });
    return {
      ...{ id, exclusion, inForce: report === null ? null : countedOf(report, policy, id) },
      expired: expires !== null && Date.parse(expires) <= now(),
      ...hitsOf(analysis, { rules, targets, paths }),
      secLang: secLangOf(exclusion),
    };
  });
  stdout.write(
    flags.json === true
      ? `${safeJson({ policy, looks: report?.looks[policy] ?? null, exclusions: listed }, 2)}\n`
      : shown(policy, listed, report),
  );
  return EXIT.ok;
}

/** Null where nobody answers, which is said: what the store has is told all the same. */
async function reportOf(
  config: Config,
  { stderr }: Pick<EventsEnvironment, 'stderr'>,
): Promise<ExclusionHitsReport | null> {
  try {
    return (await page(config, '/exclusions')) as ExclusionHitsReport;
  } catch (error) {
    if (!(error instanceof RulesUpdateError)) throw error;
    stderr.write(`hits in force are not known: ${oneLine(error.message)}\n`);
    return null;
  }
}

function countedOf({ exclusions }: ExclusionHitsReport, policy: string, id: string): Counted | null {
  const found = exclusions.find((each) => each.policy === policy && each.id === id);
  if (found === undefined) return null;
  const { hits, lastMillis, sinceMillis } = found;
  const last = lastMillis === null ? null : new Date(lastMillis).toISOString();
  return { hits, last, since: new Date(sinceMillis).toISOString() };
}

function shown(policy: string, listed: readonly Listed[], report: ExclusionHitsReport | null): string {
  const lines = listed.flatMap(({ id, inForce, exclusion, expired, hits, last, secLang }) => {
    const { rules, tags, targets, paths, reason, owner, expires } = exclusion;
    const what = [...rules, ...tags].join(', ');
    const where = `${targets.join(', ') || 'everything'} at ${paths.join(', ') || 'all paths'}`;
    const end = expires === null ? 'no end' : expired ? `expired ${expires}` : `until ${expires}`;
    return [
      oneLine(`${id}  ${what} in ${where}`),
      oneLine(`  ${owner === '' ? 'nobody answers for it' : owner}; ${end}; ${reason || 'no reason'}`),
      `  ${hits} hits in stored events${last === null ? '' : `, the last ${new Date(last).toISOString()}`}`,
      ...(inForce === null ? [] : [`  in force: ${countedText(inForce)}`]),
      ...secLang.split('\n').map((line) => oneLine(`  ${line}`)),
    ];
  });
  const head = `policy ${oneLine(policy)}: ${listed.length} exclusions`;
  return `${[head, ...lines, ...(report === null ? [] : [looksText(policy, report)])].join('\n')}\n`;
}

const countedText = ({ hits, last, since }: Counted): string =>
  `${hits} hits since ${since}${last === null ? '' : `, the last ${last}`}`;

/** Hits are of those that were looked at: how many they are must be known to make anything of it. */
function looksText(policy: string, { state, looks }: ExclusionHitsReport): string {
  if (state === 'off') return 'hits in force are not counted: limits.exclusionLooksPerSecondMax is 0';
  const { looked = 0, ...left } = looks[policy] ?? {};
  const others = Object.values(left).reduce((sum, count) => sum + count, 0);
  return `looked at ${looked} of ${looked + others} requests at paths of its exclusions`;
}
