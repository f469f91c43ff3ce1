/** `sluice promote WORKLOAD`: what Block would have stopped, what of it looks wrong, and what would clear that. */
import { type Analysis, analyse, type Group } from '@sluice/hub/promote';
import { EXIT_NOTHING } from '../events/search.ts';
import { type EventsEnvironment, type StoreFlags, withStore } from '../events/session.ts';
import { safeJson } from '../events/text.ts';
import { parseTime } from '../events/time.ts';
import { styleFor } from '../inspect/render-value.ts';
import { EXIT } from '../setup/errors.ts';
import { renderAnalysis } from './render.ts';
import { secLangOf } from './seclang.ts';

export interface ShowFlags extends StoreFlags {
  readonly hub?: string;
  readonly since: string;
  readonly all?: true;
  readonly json?: true;
}

/** `--hub URL` is a store, too. */
export const withHub = <Flags extends StoreFlags & { readonly hub?: string }>(flags: Flags): Flags =>
  flags.hub === undefined ? flags : { ...flags, store: flags.hub };

/**
 * @returns 0 where Block would have stopped something, 4 where nothing
 * @throws EventsError, HubError
 */
export async function runShow(
  workload: string,
  flags: ShowFlags,
  environment: EventsEnvironment,
): Promise<number> {
  const { stdout, stderr, variables } = environment;
  const analysis = await analysisOf(workload, flags, environment);
  if (flags.json === true) stdout.write(`${safeJson(analysisToJson(analysis), 2)}\n`);
  else if (analysis.events === 0) stderr.write('nothing found that Block would have stopped\n');
  else
    stdout.write(renderAnalysis(analysis, { style: styleFor(stdout, variables), all: flags.all === true }));
  return analysis.events === 0 ? EXIT_NOTHING : EXIT.ok;
}

/** @throws EventsError, HubError */
export async function analysisOf(
  workload: string,
  flags: StoreFlags & { readonly hub?: string; readonly since: string },
  environment: EventsEnvironment,
): Promise<Analysis> {
  const to = environment.now();
  const since = /^[-n]/.test(flags.since) || /^\d{4}-/.test(flags.since) ? flags.since : `-${flags.since}`;
  const from = parseTime('--since', since, to);
  return withStore(withHub(flags), environment, (store) => analyse(store, { workload, from, to }));
}

function analysisToJson({ groups, exclusions, ...rest }: Analysis): object {
  return {
    ...rest,
    from: new Date(rest.from).toISOString(),
    to: new Date(rest.to).toISOString(),
    groups: groups.map(groupToJson),
    exclusions: {
      ...exclusions,
      proposed: exclusions.proposed.map((each) => ({ ...each, secLang: secLangOf(each.exclusion) })),
    },
  };
}

function groupToJson({ members: _, from, to, examples, ...group }: Group): object {
  const iso = (at: number): string => new Date(at).toISOString();
  return {
    ...group,
    from: iso(from),
    to: iso(to),
    examples: examples.map(({ at, ...example }) => ({ at: iso(at), ...example })),
  };
}
