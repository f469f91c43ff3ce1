/** The requests that all engines are asked: those of the Core Rule Set's tests, and mutations of them. */
import { join } from 'node:path';
import fc from 'fast-check';
import { respond } from '../../packages/cli/src/rules-test/backend.ts';
import { parseRequest } from '../../packages/cli/src/rules-test/http-parser.ts';
import { fromBytes, toBytes } from '../../packages/cli/src/rules-test/latin1.ts';
import { loadStages } from '../../packages/cli/src/rules-test/load.ts';
import { buildRequest } from '../../packages/cli/src/rules-test/request.ts';
import type { ParsedRequest } from '../../packages/cli/src/rules-test/stage-engine.ts';
import { crsDirectory } from '../../packages/cli/src/setup/paths.ts';
import { MOVES, type Move } from './moves.ts';
import { type Mutator, TEXT_MUTATORS } from './mutators.ts';
import type { PeerRequest } from './peer.ts';

export interface CorpusRequest {
  /** The stage's id; a mutation adds its number and what was done: "942100-1~17 swapCase moveToJson". */
  readonly id: string;
  readonly request: ParsedRequest;
}

/** What a server hands on of each stage of the suite; those that the parser refuses are left out. */
export function crsCorpus(): CorpusRequest[] {
  return loadStages([join(crsDirectory(), 'tests')]).flatMap(({ id, input }) => {
    const parsed = parseRequest(buildRequest(input));
    return parsed.kind === 'request' ? [{ id, request: parsed.request }] : [];
  });
}

/** The request with the answer of the suite's backend, so that the rules for responses run too. */
export function peerRequest(request: ParsedRequest): PeerRequest {
  return { ...request, response: { ...respond(request), protocol: request.protocol } };
}

/** One line a field, then the body: what the patterns of peers-disagreements.yaml are matched against. */
export function wireText({ method, uri, protocol, headers, body }: ParsedRequest): string {
  const fields = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${method} ${uri} ${protocol}\r\n${fields}\r\n${fromBytes(body)}`;
}

interface Recipe {
  readonly base: CorpusRequest;
  readonly mutators: readonly Mutator[];
  readonly move: Move | null;
  /** One for each draw of the mutators. */
  readonly seed: number;
}

/**
 * The same mutations for the same seed. Each alters the query, the body, a cookie or a field that the base has, and
 * may carry its arguments to another place; what no server would hand on is left out, so there are fewer than `count`.
 */
export function mutatedCorpus(bases: readonly CorpusRequest[], seed: number, count: number): CorpusRequest[] {
  const recipe: fc.Arbitrary<Recipe> = fc.record({
    base: fc.constantFrom(...bases),
    mutators: fc.array(fc.constantFrom(...TEXT_MUTATORS), { minLength: 1, maxLength: 3 }),
    move: fc.option(fc.constantFrom(...MOVES), { freq: 3 }),
    seed: fc.nat(),
  });
  return fc.sample(recipe, { seed, numRuns: count }).flatMap((drawn, index) => applyRecipe(drawn, index));
}

function applyRecipe({ base, mutators, move, seed }: Recipe, index: number): CorpusRequest[] {
  const mutated = mutatePlace(base.request, mutators, makeRandom(seed));
  // Afterwards, so that what carries the arguments stays well-formed.
  const request = move === null ? mutated : (move(mutated) ?? mutated);
  const parsed = parseRequest(toBytes(wireText(request)));
  if (parsed.kind === 'refused') return [];
  const names = [...mutators, ...(move === null ? [] : [move])].map(({ name }) => name);
  return [{ id: `${base.id}~${index} ${names.join(' ')}`, request: parsed.request }];
}

type Random = (below: number) => number;

/** The place that holds the most is where the attack is. */
function mutatePlace(request: ParsedRequest, mutators: readonly Mutator[], random: Random): ParsedRequest {
  const mutate = (text: string): string =>
    mutators.reduce((result, { apply }) => apply(result, random), text);
  const body = fromBytes(request.body);
  const mark = request.uri.indexOf('?');
  if (body.length > request.uri.length) return withBody(request, mutate(body));
  if (mark >= 0)
    return { ...request, uri: request.uri.slice(0, mark + 1) + mutate(request.uri.slice(mark + 1)) };
  const longest = request.headers.reduce(
    (best, [name, value], index) =>
      FRAMING.test(name) || value.length <= (request.headers[best]?.[1].length ?? 0) ? best : index,
    request.headers.findIndex(([name]) => !FRAMING.test(name)),
  );
  if (longest < 0 || request.uri.length > 8) return { ...request, uri: mutate(request.uri) };
  const headers = request.headers.map(([name, value], index): readonly [string, string] =>
    index === longest ? [name, mutate(value)] : [name, value],
  );
  return { ...request, headers };
}

const FRAMING = /^(?:host|content-length|transfer-encoding|connection|content-type|accept.*)$/i;

/** The request with another body, and the length to it. */
export function withBody(request: ParsedRequest, body: string): ParsedRequest {
  const headers = request.headers.filter(([name]) => !/^(?:content-length|transfer-encoding)$/i.test(name));
  return { ...request, headers: [...headers, ['Content-Length', String(body.length)]], body: toBytes(body) };
}

/** A small generator (mulberry32): fast-check draws the recipe, this one the many small choices within. */
function makeRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
