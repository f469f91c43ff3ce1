/** The result of an update, for people. */
import type { Difference, RehearsalReport } from '@sluice/server';
import type { RuleChanges } from './compare.ts';

export interface UpdateResult {
  readonly directory: string;
  /** Null for a folder. */
  readonly version: string | null;
  readonly sum: string | null;
  /** Null where there is nothing to compare with: the candidate is the one in force. */
  readonly rules: RuleChanges | null;
  readonly rehearsal: RehearsalReport | null;
  readonly promoted: boolean;
}

/** Ids on one line. */
const IDS_SHOWN_MAX = 20;
const DIFFERENCES_SHOWN_MAX = 20;

export function renderUpdate({ directory, version, sum, rules, rehearsal, promoted }: UpdateResult): string {
  return [
    version === null ? `CRS in ${directory}` : `CRS ${version} (${sum}) in ${directory}`,
    ...(rules === null ? [] : rulesLines(rules)),
    ...(rehearsal === null ? [] : rehearsalLines(rehearsal)),
    ...(promoted ? ['It is promoted: rules.directory names it, and the server takes it over.'] : []),
    '',
  ].join('\n');
}

const rulesLines = ({ added, removed, changed }: RuleChanges): readonly string[] => [
  `rules new:     ${idsOf(added)}`,
  `rules gone:    ${idsOf(removed)}`,
  `rules changed: ${idsOf(changed)}`,
];

function idsOf(ids: readonly number[]): string {
  if (ids.length === 0) return 'none';
  const more = ids.length > IDS_SHOWN_MAX ? ', …' : '';
  return `${ids.length} (${ids.slice(0, IDS_SHOWN_MAX).join(', ')}${more})`;
}

function rehearsalLines(report: RehearsalReport): readonly string[] {
  const { state, reason, compared, skipped, verdicts, newMatches, lostMatches } = report;
  if (state !== 'running') return [`rehearsal: ${state}${reason === '' ? '' : `, ${reason}`}`];
  const { busy, body, cut, failed } = skipped;
  return [
    `rehearsal: ${compared} requests compared; not compared: ${busy} (no time), ${body} (long body), ${cut} (cut), ${failed} (failed)`,
    ...section('verdicts that would change', verdicts),
    ...section('rules that match with it only', newMatches),
    ...section('rules that match without it only', lostMatches),
  ];
}

function section(title: string, differences: readonly Difference[]): readonly string[] {
  if (differences.length === 0) return [`${title}: none`];
  const lines = differences
    .slice(0, DIFFERENCES_SHOWN_MAX)
    .map(({ what, count, requests }) => `  ${what}  ${count}  ${requests.slice(0, 3).join(' ')}`);
  const left = differences.length - lines.length;
  return [`${title}:`, ...lines, ...(left > 0 ? [`  and ${left} more; --json has all`] : [])];
}
