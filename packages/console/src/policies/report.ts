/** The analysis of a workload as pages show it: groups without their members, rules with the share that looks mistaken. */
import { type Analysis, analyse, type Group } from '@sluice/hub/promote';
import { CONSOLE_LIMITS } from '../limits.ts';
import type { PolicyView } from './judged.ts';
import { proposalDigest } from './proposals.ts';

const DAY = 86_400_000;

interface RuleShare {
  readonly rule: string;
  readonly message: string;
  readonly events: number;
  /** Those in groups that look like false positives. */
  readonly mistaken: number;
  /** Those in groups that look like attacks. */
  readonly attacks: number;
}

/** @throws HubError of stores */
export async function analysisOf(
  { workload, days }: { readonly workload: string; readonly days: number },
  { store, desk }: PolicyView,
): Promise<object> {
  const to = Date.now() + 1;
  const { groups, exclusions, ...rest } = await analyse(store, { workload, from: to - days * DAY, to });
  const shown = groups.slice(0, CONSOLE_LIMITS.groupsShownMax);
  return {
    ...rest,
    groups: shown.map(({ members: _, ...group }) => group),
    groupsLeftOut: groups.length - shown.length,
    rules: sharesOf(groups),
    exclusions: {
      ...exclusions,
      proposed: exclusions.proposed.map((each) => ({
        ...each,
        digest: proposalDigest(each),
        secLang: desk === null ? '' : desk.secLangOf(each.exclusion),
      })),
    },
  };
}

function sharesOf(groups: Analysis['groups']): readonly RuleShare[] {
  return [...Map.groupBy(groups, ({ rule }) => rule)]
    .map(([rule, of]): RuleShare => {
      const eventsOf = (verdict: Group['judgement']['verdict'] | null): number =>
        new Set(
          of
            .filter(({ judgement }) => verdict === null || judgement.verdict === verdict)
            .flatMap(({ members }) => members.map(({ event }) => event)),
        ).size;
      return {
        rule,
        message: of[0]?.message ?? '',
        events: eventsOf(null),
        mistaken: eventsOf('false positive'),
        attacks: eventsOf('attack'),
      };
    })
    .sort((a, b) => b.events - a.events || (a.rule < b.rule ? -1 : 1));
}
