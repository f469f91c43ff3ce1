/** Which fields of a document a table shows, and how. The last column takes what room is left. */
import type { DataSet, Document } from '@sluice/spool';
import type { Style } from '../inspect/render-value.ts';
import { numberAt, textAt, valuesAt } from './document.ts';
import { outcomeOf, paintOutcome } from './outcome.ts';

export interface Column {
  readonly title: string;
  /** Characters that it takes at least, so that pages stand below one another. */
  readonly width: number;
  /** Which column goes first where a terminal is too narrow for all; one without a number stays. */
  readonly spare?: number;
  readonly read: (document: Document) => string;
  readonly paint?: (text: string, document: Document, style: Style) => string;
}

const RULES_SHOWN = 2;

const text =
  (path: string) =>
  (document: Document): string =>
    textAt(document, path) ?? '-';

/** Ids of the rules that added to the score; where none did, of those that matched. */
function rulesOf(document: Document): string {
  const rules = valuesAt(document, 'waf.rules');
  const scoring = rules.filter((rule) => (numberAt(rule, 'score') ?? targetScore(rule)) > 0);
  const ids = (scoring.length > 0 ? scoring : rules).map((rule) => textAt(rule, 'id') ?? '?');
  const more = ids.length - RULES_SHOWN;
  return ids.length === 0 ? '-' : ids.slice(0, RULES_SHOWN).join(' ') + (more > 0 ? ` +${more}` : '');
}

const targetScore = (rule: Parameters<typeof valuesAt>[0]): number =>
  valuesAt(rule, 'targets.score').reduce<number>(
    (sum, each) => sum + (typeof each === 'number' ? each : 0),
    0,
  );

function scoreOf(document: Document): string {
  const score = numberAt(document, 'waf.scores.blocking_inbound_anomaly_score');
  const threshold = numberAt(document, 'waf.scores.inbound_anomaly_score_threshold');
  return score === null ? '-' : threshold === null ? String(score) : `${score}/${threshold}`;
}

const firstOf =
  (...paths: readonly string[]) =>
  (document: Document): string =>
    paths.map((path) => textAt(document, path)).find((found) => found !== null) ?? '-';

const templateOf = (document: Document): string =>
  `${textAt(document, 'http.request.method') ?? ''} ${textAt(document, 'l7.template') ?? ''}`.trim();

function requestOf(document: Document): string {
  const method = textAt(document, 'http.request.method') ?? '';
  const host = textAt(document, 'url.domain') ?? '';
  return `${method} ${host}${textAt(document, 'url.original') ?? textAt(document, 'url.path') ?? ''}`.trim();
}

const TIME: Column = {
  title: 'TIME',
  width: 24,
  read: text('@timestamp'),
  paint: (shown, _, style) => style.dim(shown),
};

const WAF: readonly Column[] = [
  TIME,
  {
    title: 'OUTCOME',
    width: 11,
    read: outcomeOf,
    paint: (shown, document, style) => paintOutcome(outcomeOf(document), shown, style),
  },
  { title: 'SCORE', width: 6, spare: 3, read: scoreOf },
  { title: 'CLIENT', width: 15, spare: 4, read: text('source.ip') },
  { title: 'POLICY', width: 8, spare: 1, read: text('waf.policy') },
  { title: 'RULES', width: 16, spare: 2, read: rulesOf },
  { title: 'ID', width: 26, read: text('event.id') },
  { title: 'REQUEST', width: 0, read: requestOf },
];

const L7: readonly Column[] = [
  TIME,
  { title: 'COUNT', width: 7, read: text('l7.count') },
  { title: 'BLOCKED', width: 7, read: text('l7.blocked') },
  { title: 'WOULD BLOCK', width: 11, spare: 1, read: text('l7.would_block') },
  { title: 'STATUS', width: 7, read: firstOf('http.response.status_code', 'l7.status_class') },
  { title: 'SOURCE', width: 15, spare: 3, read: firstOf('l7.source.owner', 'source.ip') },
  { title: 'DESTINATION', width: 15, spare: 4, read: firstOf('l7.destination.owner', 'destination.ip') },
  { title: 'POLICY', width: 8, spare: 2, read: text('l7.policy') },
  { title: 'REQUESTS', width: 0, read: templateOf },
];

const ALERT: readonly Column[] = [
  TIME,
  { title: 'STATE', width: 8, read: text('alert.state') },
  { title: 'SEVERITY', width: 8, read: text('event.severity') },
  { title: 'ALERT', width: 20, spare: 2, read: text('alert.name') },
  { title: 'COUNT', width: 7, read: text('alert.count') },
  { title: 'CLIENT', width: 15, spare: 4, read: firstOf('alert.source.owner', 'source.ip') },
  { title: 'WORKLOAD', width: 15, spare: 3, read: firstOf('alert.destination.owner', 'destination.ip') },
  { title: 'SUMMARY', width: 0, read: text('message') },
];

export const COLUMNS: Readonly<Record<DataSet, readonly Column[]>> = { waf: WAF, l7: L7, alert: ALERT };
