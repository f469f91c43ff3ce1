/** Where the engines log different rules, and which of it is explained. */
import { setImmediate } from 'node:timers/promises';
import type { PeerName } from './build.ts';
import { type CorpusRequest, peerRequest, wireText } from './corpus.ts';
import type { Explanation } from './disagreements.ts';
import type { Peer } from './peer.ts';
import type { Sluice } from './sluice.ts';

export interface Disagreement {
  readonly peer: PeerName;
  readonly ruleId: number;
  /** Who logged the rule. */
  readonly only: 'sluice' | 'peer';
  readonly corpus: CorpusRequest;
  readonly explanation: Explanation | null;
}

export interface Comparison {
  readonly requests: number;
  readonly disagreements: readonly Disagreement[];
  /** Where a peer did not answer, or Sluice's own rules failed. */
  readonly failures: readonly string[];
}

/** Rules that only sum up others: where something else differs, they do too, and say nothing of their own. */
const SUMS: ReadonlySet<number> = new Set([949_110, 949_111, 959_100, 959_101, 980_170]);

/** Asks everyone; the peers work while Sluice does. */
export async function compare(
  corpus: readonly CorpusRequest[],
  sluice: Sluice,
  peers: readonly Peer[],
  explanations: readonly Explanation[],
): Promise<Comparison> {
  const failures: string[] = [];
  const asked = peers.map((peer) =>
    Promise.all(corpus.map(({ request }) => peer.inspect(peerRequest(request)))),
  );
  const ours = await answersOf(sluice, corpus, failures);
  const disagreements: Disagreement[] = [];
  for (const [place, peer] of peers.entries()) {
    const answers = (await asked[place]) ?? [];
    for (const [index, { ruleIds, error }] of answers.entries()) {
      const [item, own] = [corpus[index], ours[index]];
      if (error !== undefined) failures.push(`${peer.name}, ${item?.id}: ${error}`);
      if (item === undefined || own === undefined || own === null || error !== undefined) continue;
      const asked = { peer: peer.name, item, own, explanations, multiLine: multiLineOf(sluice, item) };
      let found = difference(asked, new Set(ruleIds));
      if (found.some(({ explanation }) => explanation === null)) {
        found = await insistent(peer, asked, found);
      }
      disagreements.push(...found);
    }
  }
  return { requests: corpus.length, disagreements, failures };
}

/** As many as take a moment: peers that are not read from stand still, and would seem to be dead. */
const ASKED_AT_ONCE = 20;

async function answersOf(
  sluice: Sluice,
  corpus: readonly CorpusRequest[],
  failures: string[],
): Promise<readonly (ReadonlySet<number> | null)[]> {
  const answers: (ReadonlySet<number> | null)[] = [];
  for (const [index, { id, request }] of corpus.entries()) {
    if (index % ASKED_AT_ONCE === 0) await setImmediate();
    try {
      answers.push(new Set(sluice.inspect(request)));
    } catch (error) {
      failures.push(`sluice, ${id}: ${String(error)}`);
      answers.push(null);
    }
  }
  return answers;
}

/** Coraza keeps arguments in maps without an order, so that some answers are chance: those that it gives each time stay. */
const ASKED_AGAIN = 12;

/** One request that one peer was asked. */
interface Asked {
  readonly peer: PeerName;
  readonly item: CorpusRequest;
  readonly own: ReadonlySet<number>;
  readonly explanations: readonly Explanation[];
  /** What Sluice logs with multi-line patterns. */
  readonly multiLine: () => ReadonlySet<number>;
}

/** Asked once and only where an explanation needs it: the rules are compiled anew for it. */
function multiLineOf(sluice: Sluice, { request }: CorpusRequest): () => ReadonlySet<number> {
  let known: ReadonlySet<number> | null = null;
  return () => {
    known ??= new Set(sluice.inspectMultiLine(request));
    return known;
  };
}

async function insistent(peer: Peer, asked: Asked, first: readonly Disagreement[]): Promise<Disagreement[]> {
  let left = [...first];
  const answers = Array.from({ length: ASKED_AGAIN }, () => peer.inspect(peerRequest(asked.item.request)));
  for (const { ruleIds } of await Promise.all(answers)) {
    const again = difference(asked, new Set(ruleIds));
    left = left.filter(({ ruleId, only }) => again.some((one) => one.ruleId === ruleId && one.only === only));
  }
  return left;
}

function difference(asked: Asked, theirs: ReadonlySet<number>): Disagreement[] {
  const { peer, item, own } = asked;
  const found = [
    ...[...own].filter((id) => !theirs.has(id)).map((ruleId) => ({ ruleId, only: 'sluice' as const })),
    ...[...theirs].filter((id) => !own.has(id)).map((ruleId) => ({ ruleId, only: 'peer' as const })),
  ];
  if (found.length === 0) return [];
  const causes = found.filter(({ ruleId }) => !SUMS.has(ruleId));
  const wire = wireText(item.request);
  return (causes.length > 0 ? causes : found).map((one) => {
    const explanation = asked.explanations.find(
      (entry) =>
        entry.peers.includes(peer) &&
        (entry.only === null || entry.only === one.only) &&
        entry.covers(one.ruleId) &&
        isBeside(entry.beside, own, theirs) &&
        (entry.when === null || entry.when.test(wire)) &&
        (entry.as === null || asked.multiLine().has(one.ruleId) === (one.only === 'peer')),
    );
    return { peer, ...one, corpus: item, explanation: explanation ?? null };
  });
}

function isBeside(
  beside: Explanation['beside'],
  ours: ReadonlySet<number>,
  theirs: ReadonlySet<number>,
): boolean {
  if (beside === null) return true;
  const { who, ruleId } = beside;
  return (who !== 'peer' && ours.has(ruleId)) || (who !== 'sluice' && theirs.has(ruleId));
}

/** Everything that nobody has explained, one line each. */
export const unexplained = ({ disagreements }: Comparison): string[] =>
  disagreements
    .filter(({ explanation }) => explanation === null)
    .map(
      ({ peer, ruleId, only, corpus }) =>
        `${ruleId} is logged by ${only === 'peer' ? peer : `sluice, not by ${peer}`}: ${corpus.id}`,
    );

/** A table of Markdown: one row a reason, the most frequent first. */
export function tableOf(comparison: Comparison): string {
  const rows = Map.groupBy(
    comparison.disagreements.filter(({ explanation }) => explanation !== null),
    ({ explanation }) => explanation?.reason ?? '',
  );
  const lines = [...rows]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([reason, all]) => {
      const requests = new Set(all.map(({ corpus }) => corpus.id)).size;
      const count = (name: PeerName): number => all.filter(({ peer }) => peer === name).length;
      const right = new Set(all.map(({ explanation }) => explanation?.right));
      return `| ${reason} | ${count('modsecurity')} | ${count('coraza')} | ${requests} | ${[...right].join(', ')} |`;
    });
  const head = ['| Reason | libmodsecurity | Coraza | Requests | Right |', '|---|--:|--:|--:|---|'];
  return `${[...head, ...lines].join('\n')}\n`;
}
