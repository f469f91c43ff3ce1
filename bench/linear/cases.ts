/** All hostile messages: of every rule from its own patterns, of every transformation, and of every place. */
import type { CompiledRule, RuleProgram } from '../../packages/engine/src/rule-set/program.ts';
import { decoderSeeds, EVERY_ESCAPE } from './decoders.ts';
import { matchOfRule, ruleSeeds } from './operators.ts';
import type { Exchange } from './places.ts';
import { PLACES, type Place, placeOf, put } from './places.ts';
import { prose, randomBytes, randomPrintable } from './plain.ts';
import { grow, type Seed } from './seed.ts';

export interface Case {
  /** The rule's id, or what else the text is made of. */
  readonly of: string;
  readonly text: string;
  readonly place: Place;
  /** The message with so many bytes of the text. */
  exchange(bytes: number): Exchange;
}

const caseOf = (of: string, seed: Seed, place: Place): Case => ({
  of,
  text: seed.name,
  place,
  exchange: (bytes) => put(place, grow(seed, bytes)),
});

const ALL_PLACES = Object.keys(PLACES) as readonly (keyof typeof PLACES)[];

/** Places of a rule: the first that it reads, and a thousand values where that is an argument. */
function placesOf({ links }: CompiledRule): readonly Place[] {
  const places = links.flatMap(({ targets }) =>
    targets.flatMap(({ variable, selector, count }) =>
      count ? [] : (placeOf(variable, selector?.kind === 'key' ? selector.key : null) ?? []),
    ),
  );
  if (places.includes('form value')) return ['form value', 'form values'];
  return [...new Set(places)].slice(0, 2);
}

const rulesOf = (program: RuleProgram): readonly CompiledRule[] =>
  program.items.filter((item) => item.kind === 'rule');

/** Of every rule that reads what a client sends. */
export const ruleCases = (program: RuleProgram): readonly Case[] =>
  rulesOf(program).flatMap((rule) => {
    const places = placesOf(rule);
    if (places.length === 0) return [];
    return ruleSeeds(rule).flatMap((seed) => places.map((place) => caseOf(String(rule.id), seed, place)));
  });

export const decoderCases: readonly Case[] = decoderSeeds.flatMap((seed) =>
  (['form value', 'form values', 'form as it is', 'query as it is'] as const).map((place) =>
    caseOf('decoders', seed, place),
  ),
);

/** Everywhere: matches of all rules behind one another, the same at the end of nothing, and random bytes. */
export function placeCases(program: RuleProgram): readonly Case[] {
  const matches = [...new Set(rulesOf(program).map(matchOfRule))].filter((text) => text !== '');
  const all = matches.join(' ');
  const seeds: readonly (Seed | { readonly name: string; readonly grow: (bytes: number) => string })[] = [
    { name: 'a match of every rule', prefix: '', pump: `${all} `, suffix: '' },
    { name: 'a match of every rule at the end', prefix: '', pump: 'a ', suffix: all },
    { name: 'a match of every rule, once', prefix: all, pump: 'x', suffix: '' },
    { name: 'a match of every rule, then every escape', prefix: '', pump: `${all} `, suffix: EVERY_ESCAPE },
    { name: 'prose, then every escape', grow: (bytes) => prose(bytes - EVERY_ESCAPE.length) + EVERY_ESCAPE },
    { name: 'random bytes', grow: randomBytes },
    { name: 'random printable bytes', grow: randomPrintable },
  ];
  return seeds.flatMap((seed) =>
    ALL_PLACES.map(
      (place): Case =>
        'grow' in seed
          ? { of: 'everywhere', text: seed.name, place, exchange: (bytes) => put(place, seed.grow(bytes)) }
          : caseOf('everywhere', seed, place),
    ),
  );
}

/** One case of each rule, another of its seeds and places for each: few, and each kind many times. */
export function oneCaseARule(program: RuleProgram): readonly Case[] {
  const byRule = Map.groupBy(ruleCases(program), ({ of }) => of);
  return [...byRule.values()].flatMap((cases, at) => cases[at % cases.length] ?? []);
}

/** Everything; several thousand cases for the CRS. */
export const allCases = (program: RuleProgram): readonly Case[] => [
  ...placeCases(program),
  ...decoderCases,
  ...ruleCases(program),
];
