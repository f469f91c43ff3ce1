/** `sluice events stats`: how much, what, from whom, to whom. */
import { type Style, styleFor } from '../inspect/render-value.ts';
import { EXIT } from '../setup/errors.ts';
import { EventsError } from './errors.ts';
import { Measure, type Top, type WafStats } from './measure.ts';
import { EXIT_NOTHING } from './search.ts';
import { type EventsEnvironment, readCount, type SelectFlags, selectionOf, withStore } from './session.ts';
import { oneLine, safeJson } from './text.ts';
import { shownTime } from './time.ts';

export interface StatsFlags extends SelectFlags {
  readonly top: string;
  readonly json?: true;
}

const TOP_MAX = 1_000;
const KEY_MAX = 60;
const BAR_MAX = 40;

/**
 * Prints numbers of the events that a query finds.
 *
 * @returns 0 where there are some, 4 where there are none
 * @throws EventsError, HubError
 */
export async function runStats(
  query: string,
  flags: StatsFlags,
  environment: EventsEnvironment,
): Promise<number> {
  const { stdout, stderr, variables } = environment;
  const top = readCount('--top', flags.top, TOP_MAX);
  const selection = selectionOf(query, flags, environment.now());
  if (selection.dataSet !== 'waf')
    throw new EventsError('EVENTS_OPTION', { option: '--data-set', reason: 'stats knows waf only' });
  return withStore(flags, environment, async (store) => {
    const stats = await new Measure(store, selection).waf(top);
    if (flags.json === true) stdout.write(`${safeJson(stats, 2)}\n`);
    else if (stats.count > 0) stdout.write(renderStats(stats, styleFor(stdout, variables)));
    else stderr.write('nothing found\n');
    return stats.count > 0 ? EXIT.ok : EXIT_NOTHING;
  });
}

export function renderStats(stats: WafStats, style: Style): string {
  const { coverage, count, blocked, wouldBlock, cutShort, flood, from, to } = stats;
  const time = from === null || to === null ? '' : `, ${shownTime(from)} to ${shownTime(to)}`;
  const words = [
    `${style.red(String(blocked))} blocked`,
    `${style.yellow(String(wouldBlock))} would be blocked`,
    `${style.yellow(String(cutShort))} not inspected to their end`,
  ];
  const lines = [
    `${style.bold(`${count} ${count === 1 ? 'event' : 'events'}`)}${time}`,
    words.join(', '),
    ...(flood > 0
      ? [style.yellow(`${flood} more that summaries of floods stand for, in no other number here`)]
      : []),
    ...volumeLines(stats, style),
    ...topLines('Actions', stats.actions, style),
    ...topLines('Policies', stats.policies, style),
    ...topLines('Rules', stats.rules, style),
    ...topLines('Sources', stats.sources, style),
    ...topLines('Destinations', stats.destinations, style),
    '',
    style.bold('Coverage'),
    `  request bodies: ${coverage.requestBytesSeen} bytes came, ${coverage.requestBytesPassed} went on`,
    `  response bodies: ${coverage.responseBytesSeen} bytes came, ${coverage.responseBytesPassed} went on`,
    ...topLines('Not inspected', coverage.skipped, style),
    ...topLines('Why inspection failed', coverage.causes, style),
  ];
  return `${lines.join('\n')}\n`;
}

/** Each line a bar: `█` blocked, `▓` would be, `░` all others. */
function volumeLines({ volume, intervalMillis }: WafStats, style: Style): readonly string[] {
  const most = Math.max(1, ...volume.map(({ count }) => count));
  const width = (count: number): number =>
    count === 0 ? 0 : Math.max(1, Math.round((count / most) * BAR_MAX));
  const digits = String(most).length;
  const lines = volume.map(({ from, count, blocked, wouldBlock }) => {
    const rest = Math.max(0, count - blocked - wouldBlock);
    const bar = [
      style.red('█'.repeat(width(blocked))),
      style.yellow('▓'.repeat(width(wouldBlock))),
      style.dim('░'.repeat(width(rest))),
    ];
    return `  ${shownTime(from).slice(0, 19)}  ${String(count).padStart(digits)}  ${bar.join('')}`.trimEnd();
  });
  const head = `Volume every ${shownInterval(intervalMillis)} (█ blocked, ▓ would be, ░ others)`;
  return ['', style.bold(head), ...lines];
}

const UNITS: readonly (readonly [millis: number, name: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1_000, 's'],
];

function shownInterval(millis: number): string {
  const [unit, name] = UNITS.find(([each]) => millis % each === 0) ?? [1, 'ms'];
  return `${millis / unit} ${name}`;
}

function topLines(title: string, tops: readonly Top[], style: Style): readonly string[] {
  if (tops.length === 0) return [];
  const digits = Math.max(...tops.map(({ count }) => String(count).length));
  const lines = tops.map(({ key, count }) => `  ${String(count).padStart(digits)}  ${oneLine(key, KEY_MAX)}`);
  return ['', style.bold(title), ...lines];
}
