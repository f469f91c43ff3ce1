/** The story as lines for people. */
import type { WafEvent } from '@sluice/engine';
import { type Explanation, explain } from './explain.ts';
import { type Colour, type Paint, printable } from './paint.ts';
import { ATTACK_PATH, BENIGN_PATH, type SearchResult, type StoryResult } from './story.ts';

const VALUE_CHARACTERS_MAX = 90;
const MATCHES_MAX = 6;

export function narrate(story: StoryResult, paint: Paint): string {
  const { benign, unprotected, attack, mode } = story;
  return [
    ...opening(story, paint),
    '',
    paint('1. Somebody searches the shop, through Envoy and Sluice', 'bold'),
    ...exchange(`${story.urls.protected}${benign.path}`, benign.status, paint),
    `   ${plural(benign.rows.length, 'product')} found. Nothing was in the way.`,
    '',
    paint('2. An attacker asks the shop itself, past Sluice', 'bold'),
    ...exchange(`${story.urls.shop}${unprotected.path}`, unprotected.status, paint),
    ...leaked(unprotected, paint),
    '',
    paint('3. The same request, through Envoy and Sluice', 'bold'),
    ...exchange(`${story.urls.protected}${attack.path}`, attack.status, paint),
    mode === 'Block'
      ? `   Blocked; the shop never saw it. Request id ${attack.requestId}`
      : `   Let through, because the mode is Detect; Block would have stopped it. Request id ${attack.requestId}`,
    '',
    paint('4. Why', 'bold'),
    ...reasons(attack, paint),
    '',
    paint('5. What is kept', 'bold'),
    ...kept(story, paint),
    '',
    paint('6. Who is told', 'bold'),
    ...alerted(story, paint),
    '',
  ].join('\n');
}

function opening({ startup, setup, mode }: StoryResult, paint: Paint): readonly string[] {
  const { store, rules, envoy, total } = startup.millis;
  const times = `store ${seconds(store)}, rules ${seconds(rules)}, Envoy ${seconds(envoy)}, all ${seconds(total)}`;
  const before = setup.seconds === null ? '' : `; set-up before that ${setup.seconds.toFixed(1)} s`;
  return [`Sluice with the OWASP CRS in front of a shop, mode ${mode}. ${paint(times + before, 'dim')}`];
}

const seconds = (millis: number): string => `${(millis / 1_000).toFixed(1)} s`;

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function exchange(url: string, status: number, paint: Paint): readonly string[] {
  const colour: Colour = status < 400 ? 'green' : 'red';
  return [`   GET ${url}`, `   ${paint(`→ ${status}`, colour)}`];
}

function leaked({ rows }: SearchResult, paint: Paint): readonly string[] {
  const lines = rows.map((row) => `     ${paint(shorten(printable(JSON.stringify(row))), 'yellow')}`);
  return [`   ${plural(rows.length, 'row')} of the table of users:`, ...lines];
}

function reasons(explanation: Explanation, paint: Paint): readonly string[] {
  const { matches, score, threshold } = explanation;
  const shown = matches
    .slice(0, MATCHES_MAX)
    .flatMap(({ rule, message, variable, value, score: added }) => [
      `   rule ${rule}: ${printable(message)}${added > 0 ? ` (+${added})` : ''}`,
      paint(`     in ${printable(variable)}: ${shorten(printable(value))}`, 'dim'),
    ]);
  const more = matches.length - MATCHES_MAX;
  return [
    ...shown,
    ...(more > 0 ? [`   and ${plural(more, 'match').replace(/s$/, 'es')} more`] : []),
    `   Anomaly score ${score}; ${threshold} and more is blocked.`,
  ];
}

function kept({ kept: { store }, attack }: StoryResult, paint: Paint): readonly string[] {
  return [
    paint(`   ${printable(store)}`, 'dim'),
    `   ./sluice events explain ${printable(attack.requestId)}`,
    `   ./sluice events search '"rule_info" IN {"*942100*"}' --json`,
  ];
}

function alerted({ alert, urls }: StoryResult, paint: Paint): readonly string[] {
  const { name, severity, count, summary } = alert;
  return [
    `   ${paint(`Alert ${name} fires`, 'red')}, severity ${severity}: ${plural(count, 'request')}, one notification`,
    paint(`     ${shorten(printable(summary))}`, 'dim'),
    '   A webhook would be called now (docs/alerts.md); the demo has none.',
    `   ./sluice alerts list --hub ${urls.hub}`,
  ];
}

function shorten(text: string): string {
  return text.length <= VALUE_CHARACTERS_MAX ? text : `${text.slice(0, VALUE_CHARACTERS_MAX)}…`;
}

/** What to try while the demo keeps running. */
export function invitation({ urls }: StoryResult, paint: Paint): string {
  return [
    paint('Now try it yourself', 'bold'),
    `   In a browser: ${urls.protected}/ (behind Sluice), ${urls.shop}/ (without)`,
    `   The console: ${urls.console}`,
    `   curl -i '${urls.protected}${BENIGN_PATH}'`,
    `   curl -i '${urls.protected}${ATTACK_PATH}'`,
    `   curl -i '${urls.protected}/search' --data-urlencode 'q=<script>alert(1)</script>'`,
    `   curl -i '${urls.protected}/?file=../../../../etc/passwd'`,
    '   What Sluice sees appears here. Ctrl-C ends everything.',
    '',
  ].join('\n');
}

/** One line for a request that was blocked, or would have been. */
export function narrateEvent(event: WafEvent, paint: Paint): string {
  const { requestId, matches, score, threshold } = explain(event);
  const first = matches[0];
  const why =
    first === undefined
      ? 'no rule'
      : `${first.rule} ${printable(first.message)} in ${printable(first.variable)}`;
  const what = event.event.type[0] === 'denied' ? paint('blocked', 'red') : paint('would block', 'yellow');
  const line = `${event.http.request.method} ${event.url.original}`;
  return `${what} ${shorten(printable(line))}: ${why}; score ${score} of ${threshold}; ${requestId}\n`;
}
