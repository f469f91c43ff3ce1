/** `sluice promote exclusions`: what a policy does without, who answers for it, until when, and what it took from stored requests. */
import { readFileSync } from 'node:fs';
import { exclusionText } from '@sluice/engine';
import { type Hits, hitsOf, type InForce } from '@sluice/hub/promote';
import { loadConfig } from '@sluice/server';
import { type Document, parseDocument } from 'yaml';
import { z } from 'zod';
import type { EventsEnvironment } from '../events/session.ts';
import { oneLine, safeJson } from '../events/text.ts';
import { EXIT } from '../setup/errors.ts';
import type { ConfigFlags } from './exclude.ts';
import { policyOf } from './exclude.ts';
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

interface Listed extends Hits {
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
  loadConfig(flags.config);
  const document = parseDocument(readFileSync(flags.config, 'utf8'));
  const listed = writtenExclusions(document, policy).map((exclusion): Listed => {
    const rules = exclusion.rules.map(rangeOf);
    const { tags, targets, paths, expires } = exclusion;
    return {
      exclusion,
      expired: expires !== null && Date.parse(expires) <= now(),
      ...hitsOf(analysis, { rules, targets, paths }),
      secLang: exclusionText({ ids: rules, tags, targets, ...(paths.length === 0 ? {} : { paths }) }),
    };
  });
  stdout.write(
    flags.json === true ? `${safeJson({ policy, exclusions: listed }, 2)}\n` : shown(policy, listed),
  );
  return EXIT.ok;
}

export function rangeOf(rule: number | string): InForce['rules'][number] {
  if (typeof rule === 'number') return rule;
  const [first, last] = rule.split('-').map(Number);
  return [first ?? 0, last ?? first ?? 0];
}

function shown(policy: string, listed: readonly Listed[]): string {
  const lines = listed.flatMap(({ exclusion, expired, hits, last, secLang }) => {
    const { rules, tags, targets, paths, reason, owner, expires } = exclusion;
    const what = [...rules, ...tags].join(', ');
    const where = `${targets.join(', ') || 'everything'} at ${paths.join(', ') || 'all paths'}`;
    const end = expires === null ? 'no end' : expired ? `expired ${expires}` : `until ${expires}`;
    return [
      oneLine(`${what} in ${where}`),
      oneLine(`  ${owner === '' ? 'nobody answers for it' : owner}; ${end}; ${reason || 'no reason'}`),
      `  ${hits} hits${last === null ? '' : `, the last ${new Date(last).toISOString()}`}`,
      ...secLang.split('\n').map((line) => oneLine(`  ${line}`)),
    ];
  });
  return `${[`policy ${oneLine(policy)}: ${listed.length} exclusions`, ...lines].join('\n')}\n`;
}
