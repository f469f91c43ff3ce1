/** The comparison for a time, on mutations that nobody has seen: rounds of fresh seeds, and the smallest request of a find. */
import { parseRequest } from '../../packages/cli/src/rules-test/http-parser.ts';
import { fromBytes, toBytes } from '../../packages/cli/src/rules-test/latin1.ts';
import type { ParsedRequest } from '../../packages/cli/src/rules-test/stage-engine.ts';
import { smallerTexts } from '../../test/agreement/message.ts';
import { PEER_NAMES, type PeerName } from './build.ts';
import { compare, type Disagreement, unexplained } from './compare.ts';
import { type CorpusRequest, crsCorpus, mutatedCorpus, wireText, withBody } from './corpus.ts';
import { LIST } from './differential.ts';
import { type Explanation, loadExplanations } from './disagreements.ts';
import { openPeers } from './open.ts';
import type { Peer } from './peer.ts';
import { openSluice, type Sluice } from './sluice.ts';

export interface LongDifferential {
  readonly peers: readonly PeerName[];
  readonly missing: readonly string[];
  readonly requests: number;
  readonly rounds: number;
  /** Pairs of request and rule that are explained. */
  readonly explained: number;
  /** Requests with something that nothing explains, and failures. */
  readonly failures: number;
  /** The first of them, with their smallest requests. */
  readonly open: readonly string[];
}

interface Asked {
  readonly sluice: Sluice;
  readonly peers: readonly Peer[];
  readonly explanations: readonly Explanation[];
}

const MUTATIONS_PER_ROUND = 2_000;
const OPEN_SHOWN_MAX = 20;
const SMALLEST_MAX = 5;
const SHRINK_MILLIS = 20_000;

export async function runLongDifferential({
  seconds,
  seed,
}: {
  readonly seconds: number;
  readonly seed: number;
}): Promise<LongDifferential> {
  const { peers, missing } = await openPeers(PEER_NAMES);
  const asked = { sluice: openSluice(), peers, explanations: loadExplanations(LIST) };
  const end = performance.now() + 1_000 * seconds;
  const counts = { requests: 0, rounds: 0, explained: 0, failures: 0 };
  const open: string[] = [];
  try {
    const base = crsCorpus();
    for (; peers.length > 0 && performance.now() < end; counts.rounds++) {
      const corpus = mutatedCorpus(base, seed + counts.rounds, MUTATIONS_PER_ROUND);
      const comparison = await compare(corpus, asked.sluice, peers, asked.explanations);
      const finds = comparison.disagreements.filter(({ explanation }) => explanation === null);
      counts.requests += comparison.requests;
      counts.explained += comparison.disagreements.length - finds.length;
      counts.failures += comparison.failures.length + new Set(finds.map((find) => find.corpus.id)).size;
      open.push(...comparison.failures);
      for (const [index, find] of finds.entries()) {
        if (open.length > OPEN_SHOWN_MAX) break;
        const smallest = index < SMALLEST_MAX ? await smallestRequest(asked, find) : find.corpus.request;
        const [said = ''] = unexplained({ ...comparison, disagreements: [find] });
        open.push(`seed ${seed + counts.rounds}: ${said}\n${JSON.stringify(wireText(smallest))}`);
      }
    }
  } finally {
    await Promise.all(peers.map((peer) => peer.close()));
  }
  return { peers: peers.map(({ name }) => name), missing, ...counts, open: open.slice(0, OPEN_SHOWN_MAX) };
}

async function smallestRequest(asked: Asked, find: Disagreement): Promise<ParsedRequest> {
  const end = performance.now() + SHRINK_MILLIS;
  let best = find.corpus.request;
  for (let found = true; found; ) {
    found = false;
    for (const request of smallerRequests(best)) {
      if (performance.now() > end) return best;
      if (!(await stillDiffers(asked, find, { id: find.corpus.id, request }))) continue;
      best = request;
      found = true;
      break;
    }
  }
  return best;
}

async function stillDiffers(asked: Asked, find: Disagreement, corpus: CorpusRequest): Promise<boolean> {
  const peers = asked.peers.filter(({ name }) => name === find.peer);
  const { disagreements } = await compare([corpus], asked.sluice, peers, asked.explanations);
  return disagreements.some(
    ({ ruleId, only, explanation }) => ruleId === find.ruleId && only === find.only && explanation === null,
  );
}

/** Those that a server would hand on. */
function* smallerRequests(request: ParsedRequest): Generator<ParsedRequest> {
  for (const smaller of candidates(request)) {
    const parsed = parseRequest(toBytes(wireText(smaller)));
    if (parsed.kind === 'request') yield parsed.request;
  }
}

function* candidates(request: ParsedRequest): Generator<ParsedRequest> {
  const { headers } = request;
  for (const index of headers.keys()) yield { ...request, headers: headers.toSpliced(index, 1) };
  for (const body of smallerTexts(fromBytes(request.body))) yield withBody(request, body);
  for (const uri of smallerTexts(request.uri)) yield { ...request, uri };
  for (const [index, [name, value]] of headers.entries()) {
    if (/^content-length$/i.test(name)) continue;
    for (const text of smallerTexts(value)) yield { ...request, headers: headers.with(index, [name, text]) };
  }
}
