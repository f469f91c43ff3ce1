/** `sluice promote exclude`: writes what is proposed into a policy of sluice.yaml, with who answers for it and until when. */
import type { Analysis, ExclusionObject, Proposal } from '@sluice/hub/promote';
import { loadConfig } from '@sluice/server';
import { EXIT_NOTHING } from '../events/search.ts';
import type { EventsEnvironment, StoreFlags } from '../events/session.ts';
import { oneLine, safeJson } from '../events/text.ts';
import { parseTime } from '../events/time.ts';
import { EXIT } from '../setup/errors.ts';
import { editConfig, withExclusions } from './edit.ts';
import { PromoteError } from './errors.ts';
import { secLangOf } from './seclang.ts';
import { analysisOf } from './show.ts';

export interface ConfigFlags extends StoreFlags {
  readonly hub?: string;
  readonly since: string;
  readonly config: string;
  readonly policy?: string;
  /** False: nobody is asked whether it is in force. */
  readonly wait: boolean;
}

export interface ExcludeFlags extends ConfigFlags {
  readonly owner?: string;
  readonly expires?: string;
  readonly yes?: true;
  readonly json?: true;
}

/**
 * @returns 0 where there is something to write, 4 where nothing is proposed
 * @throws EventsError, HubError, PromoteError, and the errors of configurations
 */
export async function runExclude(
  workload: string,
  flags: ExcludeFlags,
  environment: EventsEnvironment,
): Promise<number> {
  const { stdout, stderr, now } = environment;
  const analysis = await analysisOf(workload, flags, environment);
  const policy = policyOf(analysis, flags);
  const proposed = analysis.exclusions.proposed
    .filter((each) => each.policy === policy)
    .map((each) => ({ ...each, exclusion: objectOf(each, flags, now()) }));
  if (proposed.length === 0) {
    stderr.write('no exclusion is proposed\n');
    return EXIT_NOTHING;
  }
  const written = flags.yes === true;
  if (written) {
    const objects = proposed.map(({ exclusion }) => exclusion);
    await editConfig(flags.config, withExclusions(policy, objects), { awaitServer: flags.wait });
  }
  stdout.write(
    flags.json === true
      ? `${safeJson({ policy, written, exclusions: proposed }, 2)}\n`
      : shown(proposed, { policy, written, config: flags.config }),
  );
  return EXIT.ok;
}

/** @throws PromoteError PROMOTE_POLICY, and the errors of configurations */
export function policyOf({ policies }: Analysis, flags: Pick<ConfigFlags, 'config' | 'policy'>): string {
  const known = Object.keys(loadConfig(flags.config).policies);
  const named = flags.policy ?? (policies.length === 1 ? policies[0] : undefined);
  if (named !== undefined && known.includes(named)) return named;
  const reason =
    named === undefined
      ? `requests were judged by ${policies.length === 0 ? 'none' : policies.join(', ')}`
      : `${flags.config} has none that is named ${named}`;
  throw new PromoteError('PROMOTE_POLICY', { reason });
}

/** How long `90d` and the like last, or when they end. */
function objectOf({ exclusion }: Proposal, { owner, expires }: ExcludeFlags, now: number): ExclusionObject {
  if (expires === undefined) return { ...exclusion, ...(owner === undefined ? {} : { owner }) };
  const isLength = /^\d{1,9}[smhdw]$/.test(expires);
  const end = isLength
    ? 2 * now - parseTime('--expires', `-${expires}`, now)
    : parseTime('--expires', expires, now);
  if (end <= now) throw new PromoteError('PROMOTE_OPTION', { option: '--expires', reason: 'it is over' });
  return { ...exclusion, ...(owner === undefined ? {} : { owner }), expires: new Date(end).toISOString() };
}

function shown(
  proposed: readonly Proposal[],
  {
    policy,
    written,
    config,
  }: { readonly policy: string; readonly written: boolean; readonly config: string },
): string {
  const lines = proposed.flatMap(({ exclusion, hits, clears, arithmetic }) => [
    `  - ${oneLine(JSON.stringify(exclusion))}`,
    `    # ${clears} pass by it, ${hits} hits in this time, ${arithmetic}`,
    ...secLangOf(exclusion)
      .split('\n')
      .map((line) => `    # ${oneLine(line)}`),
  ]);
  const what = written
    ? `written into policy ${policy} of ${config}`
    : `not written; --yes writes them into policy ${policy} of ${config}`;
  return `${[`exclusions:`, ...lines, what].join('\n')}\n`;
}
