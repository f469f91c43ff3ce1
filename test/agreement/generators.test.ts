/** What the generators make: everything of the language, the same for the same seed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACTIONS } from '../../packages/engine/src/language/actions.ts';
import { CTL_OPTIONS } from '../../packages/engine/src/language/ctl.ts';
import { OPERATOR_NAMES } from '../../packages/engine/src/language/operators.ts';
import { TRANSFORMATION_NAMES } from '../../packages/engine/src/language/transformations.ts';
import { VARIABLES } from '../../packages/engine/src/language/variables.ts';
import { CARRIERS } from './carriers.ts';
import { ENCODINGS } from './encodings.ts';
import { makeRuleFiles, type RuleFiles } from './files.ts';
import { percentDecoded } from './payloads.ts';
import { Random } from './random.ts';
import { anyMessage } from './requests.ts';
import { anyRules, textOf } from './rule-sets.ts';
import { runRules } from './rules-run.ts';
import { shrink } from './shrink.ts';

const RULE_SETS = 3_000;

describe('generated rules', () => {
  let files: RuleFiles;
  let text = '';
  beforeAll(() => {
    files = makeRuleFiles();
    text = Array.from({ length: RULE_SETS }, (_, index) => {
      const { before, base, after } = anyRules(Random.ofCase(1, index), files);
      return [before, base, after].map(textOf).join('\n');
    }).join('\n');
  });
  afterAll(() => files.remove());

  const missing = (names: readonly string[], pattern: (name: string) => string): readonly string[] =>
    names.filter((name) => !new RegExp(pattern(name)).test(text));

  it('have every operator, plain and but for @rbl negated', () => {
    expect(missing(OPERATOR_NAMES, (name) => `"@${name}[ "]`)).toEqual([]);
    expect(missing(OPERATOR_NAMES, (name) => `"!@${name}[ "]`)).toEqual(['rbl']);
  });

  it('have every variable, as a target, counted and excluded', () => {
    const names = [...VARIABLES.values()].filter(({ supported }) => supported).map(({ name }) => name);
    for (const sign of ['[ |]', '&', '!'])
      expect(missing(names, (name) => `${sign}${name}[ :|]`)).toEqual([]);
  });

  it('have every transformation, action and option of ctl', () => {
    expect(missing(TRANSFORMATION_NAMES, (name) => `t:${name}[,"]`)).toEqual([]);
    expect(missing([...ACTIONS.keys()], (name) => `[",]${name}[:,"]`)).toEqual([]);
    expect(missing(CTL_OPTIONS, (name) => `ctl:'${name}=`)).toEqual([]);
  });
});

describe('a run', () => {
  it('is the same for the same seed, and another for another', () => {
    const counts = (seed: number) => ({ ...runRules({ seed, casesMax: 200 }), seed: 0 });
    expect(counts(7)).toEqual(counts(7));
    expect(counts(7)).not.toEqual(counts(8));
  });

  it('makes the same message for the same seed', () => {
    expect(anyMessage(Random.ofCase(3, 4))).toEqual(anyMessage(Random.ofCase(3, 4)));
    expect(anyMessage(Random.ofCase(3, 4))).not.toEqual(anyMessage(Random.ofCase(3, 5)));
  });
});

describe('carriers and encodings', () => {
  it('carry a plain payload whole, where they take all of it', () => {
    const payload = "1' union select evil";
    const split = /Pieces|queryAndForm|method|fieldName/;
    for (const { name, carry } of CARRIERS.filter((carrier) => !split.test(carrier.name))) {
      const message = carry(payload, new Random(1));
      const decoded = percentDecoded(JSON.stringify(message)).replaceAll('&#39;', "'");
      expect(decoded, name).toContain(payload);
    }
  });

  it('change a text, each in its own way, and make bytes', () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1');
    const text = 'Union <b> "x" \xe9 \t& \'1\'='.repeat(4) + bytes;
    for (const { name, apply } of ENCODINGS.filter((encoding) => encoding.name !== 'plain')) {
      const made = apply(text, new Random(1));
      expect(made, name).not.toBe(text);
      expect(made, name).toMatch(/^[\0-\xff]*$/);
    }
  });
});

describe('shrink', () => {
  it('finds the smallest case that fails', () => {
    const without = function* (text: string): Generator<string> {
      for (const at of Array.from(text).keys()) yield text.slice(0, at) + text.slice(at + 1);
    };
    expect(shrink('xxaxxbxx', without, (text) => /a.*b/.test(text))).toBe('ab');
  });
});
