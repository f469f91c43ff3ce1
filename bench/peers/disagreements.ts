/** The list of explained disagreements, test/peers-disagreements.yaml. */
import { readFileSync } from 'node:fs';
import { readYaml, type YamlNode } from '../../packages/cli/src/rules-test/yaml-reader.ts';
import { PEER_NAMES, type PeerName } from './build.ts';

export type Right = 'sluice' | 'peer' | 'either';

export interface Explanation {
  /** For tables: "multi-line anchors". */
  readonly reason: string;
  /** Why, with what documents it. */
  readonly because: string;
  readonly right: Right;
  readonly peers: readonly PeerName[];
  /** Who logs the rule alone; null for both ways. */
  readonly only: 'sluice' | 'peer' | null;
  /** Whether the rule may be the cause's; ids and ranges in the file, '*' for all. */
  readonly covers: (ruleId: number) => boolean;
  /** Looked for in the request as it goes over the wire, one character a byte; null for always. */
  readonly when: RegExp | null;
  /** Another rule of which the engines, or one of them, must have logged an id. */
  readonly beside: { readonly who: 'sluice' | 'peer' | 'one'; readonly ruleId: number } | null;
  /** Only where Sluice agrees with the peer once its patterns are read so; null for all. */
  readonly as: 'multi-line' | null;
  readonly line: number;
}

const KEYS = ['reason', 'because', 'right', 'peers', 'only', 'rules', 'when', 'beside', 'as'];
const REASON_CHARACTERS_MIN = 40;

/** @throws RulesTestError EXCLUSIONS_INVALID with the place */
export function loadExplanations(path: string): Explanation[] {
  return readYaml(path, readFileSync(path, 'utf8'), 'EXCLUSIONS_INVALID').flatMap((root) =>
    root.items().map(readExplanation),
  );
}

function readExplanation(node: YamlNode): Explanation {
  const fields = node.fields(KEYS);
  const text = (key: string): string => {
    const value = fields.get(key)?.text().trim() ?? '';
    if (value === '') throw node.fail(`${key} is missing`);
    return value;
  };
  const because = text('because');
  if (because.length < REASON_CHARACTERS_MIN) throw node.fail('because says too little');
  const only = fields.has('only') ? oneOf(node, 'only', text('only'), ['sluice', 'peer'] as const) : null;
  return {
    reason: text('reason'),
    because,
    right: oneOf(node, 'right', text('right'), ['sluice', 'peer', 'either'] as const),
    peers: text('peers')
      .split(' ')
      .map((name) => oneOf(node, 'peers', name, PEER_NAMES)),
    only,
    covers: readRules(node, text('rules')),
    when: readPattern(node, text('when')),
    beside: fields.has('beside') ? readBeside(node, text('beside')) : null,
    as: fields.has('as') ? oneOf(node, 'as', text('as'), ['multi-line'] as const) : null,
    line: node.line,
  };
}

function oneOf<T extends string>(node: YamlNode, key: string, given: string, known: readonly T[]): T {
  const found = known.find((name) => name === given);
  if (found === undefined) throw node.fail(`${key} must be one of ${known.join(', ')}`);
  return found;
}

function readRules(node: YamlNode, text: string): (ruleId: number) => boolean {
  if (text === '*') return () => true;
  const ranges = text.split(/\s+/).map((word) => {
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(word) ?? [];
    if (from === undefined) throw node.fail(`rules: ${word} is neither an id nor a range`);
    return [Number(from), Number(to)] as const;
  });
  return (ruleId) => ranges.some(([from, to]) => ruleId >= from && ruleId <= to);
}

function readPattern(node: YamlNode, text: string): RegExp | null {
  if (text === 'always') return null;
  try {
    return new RegExp(text, 'is');
  } catch (error) {
    throw node.fail(`when: ${String(error)}`);
  }
}

function readBeside(node: YamlNode, text: string): Explanation['beside'] {
  const [, who, ruleId] = /^(sluice|peer|one) (\d+)$/.exec(text) ?? [];
  if (who === undefined) throw node.fail('beside must be "sluice", "peer" or "one", and the id of a rule');
  return { who: oneOf(node, 'beside', who, ['sluice', 'peer', 'one'] as const), ruleId: Number(ruleId) };
}
