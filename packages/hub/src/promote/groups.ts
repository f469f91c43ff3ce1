/** Refused requests by rule, target and path, each group with what judges it. */
import type { BlockedEvent, Hit } from './blocked-event.ts';
import { type Judgement, judge } from './judgement.ts';
import { PROMOTE_LIMITS } from './limits.ts';
import { looksLikeAttack, probingSources, type Signal, signalsOf } from './signals.ts';
import { isCarried } from './targets.ts';
import { Templates } from './templates.ts';

/** An event with what speaks for an attack in it. */
export interface Weighed {
  readonly event: BlockedEvent;
  readonly signals: readonly Signal[];
  readonly isAttack: boolean;
  /** Of its path. */
  readonly template: string;
}

export interface Example {
  readonly id: string;
  readonly at: number;
  readonly source: string;
  readonly path: string;
  readonly value: string;
}

export interface Group {
  readonly rule: string;
  readonly message: string;
  readonly target: string;
  /** Path template; `*` of what clients send everywhere: cookies, headers. */
  readonly path: string;
  /** Requests, those included that floods stand for. */
  readonly requests: number;
  readonly events: number;
  readonly sources: number;
  readonly from: number;
  readonly to: number;
  readonly judgement: Judgement;
  readonly examples: readonly Example[];
  readonly members: readonly Weighed[];
}

/** Of what clients carry everywhere. */
const EVERYWHERE = '*';

export function weigh(events: readonly BlockedEvent[]): readonly Weighed[] {
  const templates = new Templates(new Set(events.map(({ path }) => path)));
  const probing = probingSources(events, templates);
  return events.map((event) => {
    const signals = signalsOf(event, probing);
    return { event, signals, isAttack: looksLikeAttack(signals), template: templates.templateOf(event.path) };
  });
}

const groupPath = (hit: Pick<Hit, 'target'>, template: string): string =>
  isCarried(hit.target) ? EVERYWHERE : template;

/** By the number of requests, then by key. */
export function groupsOf(weighed: readonly Weighed[]): readonly Group[] {
  const found = new Map<string, { hit: Hit; path: string; members: Weighed[]; values: string[] }>();
  for (const each of weighed) {
    const seen = new Set<string>();
    for (const hit of hitsOrCause(each.event)) {
      const path = groupPath(hit, each.template);
      const key = JSON.stringify([hit.rule, hit.target, path]);
      // A list of JSON can match one rule in several elements.
      if (seen.has(key)) continue;
      seen.add(key);
      const group = found.get(key) ?? { hit, path, members: [], values: [] };
      found.set(key, group);
      group.members.push(each);
      group.values.push(hit.value);
    }
  }
  const groups = [...found].map(([key, group]) => ({ key, group: groupOf(group) }));
  return groups
    .sort((a, b) => b.group.requests - a.group.requests || (a.key < b.key ? -1 : 1))
    .map(({ group }) => group);
}

/** What no rule has matched is a group by why it is refused. */
function hitsOrCause({ hits, decider, because }: BlockedEvent): readonly Hit[] {
  if (hits.length > 0) return hits;
  const target = because === 'uninspectable' ? '(cannot be inspected)' : '(no rule)';
  return [
    {
      rule: decider,
      message: '',
      target,
      excludable: null,
      score: 0,
      side: 'inbound',
      family: null,
      value: '',
    },
  ];
}

function groupOf({
  hit,
  path,
  members,
  values,
}: {
  readonly hit: Hit;
  readonly path: string;
  readonly members: readonly Weighed[];
  readonly values: readonly string[];
}): Group {
  const times = members.map(({ event }) => event.at);
  return {
    rule: hit.rule,
    message: hit.message,
    target: hit.target,
    path,
    requests: members.reduce((sum, { event }) => sum + event.weight, 0),
    events: members.length,
    sources: new Set(members.map(({ event }) => event.source)).size,
    from: times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    to: times.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
    judgement: judge(hit.target, members),
    examples: examplesOf(members, values),
    members,
  };
}

/** Of different sources where there are some, the newest first. */
function examplesOf(members: readonly Weighed[], values: readonly string[]): readonly Example[] {
  const shown: Example[] = [];
  const rest: Example[] = [];
  const sources = new Set<string>();
  const order = members
    .map(({ event }, index) => ({ event, value: values[index] ?? '' }))
    .sort((a, b) => b.event.at - a.event.at || (a.event.id < b.event.id ? -1 : 1));
  for (const { event, value } of order) {
    const { id, at, source, path } = event;
    (sources.has(source) ? rest : shown).push({ id, at, source, path, value });
    sources.add(source);
  }
  return [...shown, ...rest].slice(0, PROMOTE_LIMITS.examplesMax);
}
