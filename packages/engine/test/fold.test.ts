/**
 * What is decided when a rule set is made is what each transaction would have decided: planned evaluation, which is
 * folded, and reference evaluation, which is not, leave the same trace, the same TX and the same verdict.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromText } from '../src/bytes.ts';
import type { RuleSet } from '../src/index.ts';
import { FOLDED_VARIABLES } from '../src/link/folded.ts';
import { overlayFor } from '../src/link/overlay.ts';
import { variableNames } from '../src/variables/readers.ts';
import { engine, judge, judgeShaped, type Message, type Outcome, ruleSetOf } from './core/support.ts';

const pick = <T>(...items: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...items);
const commas = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(',');

const NAMES = ['a', 'b', 'A', 'pin', 'Pin', 'ab', '1', 'x-y'] as const;
const name = pick(...NAMES);

/** Most targets are constants, so that most rules are folded. */
const targets = fc
  .uniqueArray(
    fc.oneof(
      { weight: 8, arbitrary: name.map((key) => `TX:${key}`) },
      { weight: 2, arbitrary: name.map((key) => `&TX:${key}`) },
      {
        weight: 2,
        arbitrary: pick(
          'TX',
          'TX:/a/',
          '&TX',
          'ARGS:go',
          'ARGS',
          'RULE:id',
          'MATCHED_VAR',
          'MATCHED_VAR_NAME',
          'MATCHED_VARS',
          'HIGHEST_SEVERITY',
          'URI_PARSE_ERROR',
          'TX|!TX:a',
        ),
      },
    ),
    { minLength: 1, maxLength: 2 },
  )
  .map((names) => names.join('|'));

const operator = pick(
  '@eq 1',
  '@eq 0',
  '!@eq 1',
  '@lt 2',
  '@ge 1',
  '@streq %{tx.b}',
  '@rx ^[0-9]+$',
  '@rx (1)',
  '!@rx 1',
  '@streq %{MATCHED_VAR}',
  '@within 1 2 %{tx.pin}',
  '@rx ^(a|b)?\\1$',
  '@unconditionalMatch',
);

const setvar = fc
  .tuple(
    fc.oneof(name, pick('%{tx.b}', 'a%{tx.b}', '%{MATCHED_VAR_NAME}', 'b%{rule.id}')),
    pick('=1', '=2', '=+1', '=-1', '=%{tx.a}', '=%{MATCHED_VAR}', '=%{tx.0}x', '=%{ARGS.go}', ''),
    pick('', '', '', '!'),
  )
  .map(([of, value, remove]) => (remove === '' ? `setvar:'tx.${of}${value}'` : `setvar:'!tx.${of}'`));

const effects = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: setvar },
      {
        weight: 1,
        arbitrary: pick(
          'capture',
          'multiMatch',
          't:length',
          "msg:'%{tx.a} %{rule.id} %{MATCHED_VAR}'",
          "logdata:'%{tx.1}'",
          "setenv:'e=1'",
          'ctl:debugLogLevel=1',
        ),
      },
    ),
    { maxLength: 3 },
  )
  .map((list) => [...new Set(list)].join(','));

/** Of heads of chains only. */
const flow = fc.oneof(
  { weight: 6, arbitrary: pick('pass') },
  {
    weight: 4,
    arbitrary: pick(
      'pass,skipAfter:M1',
      'pass,skipAfter:END',
      'pass,skip:1',
      'pass,skip:2',
      'pass,severity:2',
      'deny',
      'block',
      'allow',
      'allow:phase',
      'allow:request',
      'pass,ctl:ruleRemoveById=1-4',
      'pass,ctl:ruleRemoveById=777',
      'pass,ctl:ruleRemoveById=6',
      'pass,ctl:ruleRemoveByTag=t',
      'pass,ctl:ruleRemoveTargetById=1-9;TX:a',
      'pass,ctl:ruleRemoveTargetById=1-9;RULE',
      'pass,ctl:ruleRemoveTargetById=1-9;MATCHED_VARS',
      'pass,ctl:ruleRemoveTargetByTag=t;TX',
      'pass,ctl:ruleEngine=DetectionOnly',
      'pass,ctl:ruleEngine=On',
      'pass,ctl:ruleEngine=Off',
    ),
  },
);

/** What holds for some requests only, and what holds for all. */
const condition = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(targets, operator).map(([of, op]) => `SecRule ${of} "${op}"`) },
  { weight: 4, arbitrary: pick('SecAction') },
  { weight: 3, arbitrary: pick('SecRule ARGS:go "@streq 1"', 'SecRule ARGS "@rx 2"') },
);
const link = fc.tuple(condition, effects);
const item = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(
      pick(1, 1, 2, 2, 3, 4, 5),
      flow,
      pick('', '', 'tag:t'),
      fc.array(link, { minLength: 1, maxLength: 3 }),
    ),
  },
  { weight: 1, arbitrary: pick('SecMarker M1') },
);

const rules = fc.array(item, { minLength: 4, maxLength: 16 }).map((list) => {
  const text = list.map((each, index) => {
    if (typeof each === 'string') return each;
    const [phase, action, tag, links] = each;
    return links
      .map(([what, more], at) => {
        const head = at === 0 ? commas(`id:${index + 1},phase:${phase},${action}`, tag) : '';
        const actions = commas(head, more, at < links.length - 1 ? 'chain' : '');
        return actions === '' ? what.replace('SecAction', 'SecAction "nolog"') : `${what} "${actions}"`;
      })
      .join('\n');
  });
  return `SecDefaultAction "phase:2,pass"\n${text.join('\n')}\nSecMarker M1\nSecMarker END\n`;
});

/** Few names and few forms: what one rule assigns, another one asks. */
const narrow = fc
  .array(
    fc.tuple(
      pick(1, 1, 2, 3, 5),
      pick(
        'SecAction',
        'SecRule ARGS:go "@streq 1"',
        'SecRule TX:a "@eq 1"',
        'SecRule TX:b "@eq 1"',
        'SecRule &TX:a "@eq 0"',
      ),
      pick(
        'pass',
        'pass',
        'pass',
        'pass,skipAfter:M1',
        'pass,skip:2',
        'deny',
        'allow:phase',
        'allow:request',
      ),
      pick(
        'setvar:tx.a=1',
        'setvar:tx.b=1',
        'setvar:tx.a=0',
        'setvar:!tx.a',
        'setvar:tx.b=%{tx.a}',
        'setvar:tx.c=+1',
      ),
    ),
    { minLength: 6, maxLength: 14 },
  )
  .map((list) => {
    const text = list.map(([phase, what, action, effect], index) => {
      // Always ended, phases would say nothing.
      const flows = what === 'SecAction' && /deny|allow|skip/.test(action) ? 'pass' : action;
      const marker = index % 5 === 4 ? '\nSecMarker M1' : '';
      return `${what} "id:${index + 1},phase:${phase},${flows},${effect}"${marker}`;
    });
    return `${text.join('\n')}\nSecMarker M1\n`;
  });

const request: fc.Arbitrary<Message> = fc
  .tuple(pick('', 'go=1', 'go=2', 'go=1&x=2', 'x=2'), pick({}, undefined))
  .map(([query, response]) => ({ uri: `/?${query}`, ...(response === undefined ? {} : { response }) }));

const pins = fc.dictionary(pick('pin', 'a', 'b', '1'), pick('1', '2', 'a'), { maxKeys: 2 });

function setOf(text: string, pinned: Readonly<Record<string, string>>, mode: 'Block' | 'Detect'): RuleSet {
  const unit = engine.loadRules([{ path: 'fold.conf', text: fromText(text) }]);
  const overlay = overlayFor({ name: 'fold', mode });
  return engine.ruleSet(unit, { ...overlay, pinned: new Map(Object.entries(pinned)) });
}

const courseOf = ({ trace, verdict, result }: Outcome) => ({
  trace,
  verdict,
  // In their order, and as they were first spelt.
  tx: result.state.tx.list().map(({ key, lowerKey, value }) => [key, lowerKey, value]),
  matches: result.matches.map(({ rule, message, data, targets: matched }) => [
    rule.data.id,
    message,
    data,
    matched,
  ]),
  failures: result.failures.map(({ ruleId }) => ruleId),
  matched: [result.state.matchedVar, result.state.matchedVarName],
  severity: result.state.highestSeverity,
});

const isSyntax = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('SECLANG_');

/** Blocks of a set. */
const blocksOf = (set: RuleSet): number => set.folded.flatMap(({ blocks }) => blocks).length;

describe('folding', () => {
  it('changes nothing that a transaction shows, whatever the rules, the pins and the request', () => {
    let folded = 0;
    let sets = 0;
    fc.assert(
      fc.property(rules, pins, pick<'Block' | 'Detect'>('Block', 'Block', 'Detect'), (text, pinned, mode) => {
        let set: RuleSet;
        try {
          set = setOf(text, pinned, mode);
        } catch (error) {
          // Some random rules are none, such as a skipAfter behind the marker.
          if (isSyntax(error)) return;
          throw error;
        }
        sets++;
        if (blocksOf(set) > 0) folded++;
        for (const message of fc.sample(request, { numRuns: 3, seed: text.length })) {
          const reference = courseOf(judge(set, message, 'reference'));
          expect(courseOf(judge(set, message))).toEqual(reference);
          expect(courseOf(judgeShaped(set, message))).toEqual(reference);
        }
      }),
      { numRuns: Number(process.env.SLUICE_FOLD_RUNS ?? '1500') },
    );
    // A property over sets in which nothing is folded would prove nothing.
    expect(folded).toBeGreaterThan(sets / 4);
  }, 600_000);

  it('changes nothing where rules ask what others assign, and some pass over others', () => {
    fc.assert(
      fc.property(narrow, (text) => {
        const set = setOf(text, {}, 'Block');
        for (const uri of ['/?go=1', '/?go=2']) {
          const message = { uri, response: {} };
          const reference = courseOf(judge(set, message, 'reference'));
          expect(courseOf(judge(set, message))).toEqual(reference);
          expect(courseOf(judgeShaped(set, message))).toEqual(reference);
        }
      }),
      { numRuns: 2 * Number(process.env.SLUICE_FOLD_RUNS ?? '1500') },
    );
  }, 600_000);

  it('reads nothing but what its removal from targets gives folding up for', () => {
    // No rule can name GEO_DATABASE.
    const named = variableNames().filter((variable) => variable !== 'GEO_DATABASE');
    const foldable = named.filter((variable) => {
      const head =
        { RULE: 'RULE:id', TX: 'TX:id', XML: 'XML:/*', RESPONSE_XML: 'RESPONSE_XML:/*' }[variable] ??
        variable;
      // Behind a match, so that what a match leaves behind is there.
      const set = ruleSetOf(`SecAction "id:1,phase:1,pass,setvar:tx.id=1"
        SecRule TX:id "@eq 1" "id:2,phase:1,pass,chain"
          SecRule ${head} "@unconditionalMatch" "setvar:tx.seen=1"`);
      // The second rule is looked at where it is the first that is left at its place.
      return set.folded[1]?.nextLive[1] !== 1;
    });
    expect(foldable.sort()).toEqual([...FOLDED_VARIABLES].sort());
  });

  const removal = (action: string): string => `
    SecRule ARGS:go "@streq 1" "id:1,phase:1,pass,${action}"
    SecAction "id:2,phase:1,pass,setvar:tx.a=1,tag:t"
    SecRule TX:a|RULE:id "@ge 1" "id:3,phase:1,pass,setvar:tx.b=1"
    SecRule URI_PARSE_ERROR "@eq 0" "id:4,phase:1,pass,chain"
      SecRule MATCHED_VARS "@eq 0" "setvar:tx.c=1"`;

  it.each([
    ['ctl:ruleRemoveById=2', [1, 3, 4]],
    ['ctl:ruleRemoveByTag=t', [1, 3, 4]],
    ['ctl:ruleRemoveTargetById=3;RULE', [1, 2, 3, 4]],
    ['ctl:ruleRemoveTargetById=3;RULE:id,ctl:ruleRemoveTargetById=3;TX:a,ctl:ruleRemoveById=99', [1, 2, 4]],
    ['ctl:ruleRemoveTargetById=4;URI_PARSE_ERROR', [1, 2, 3]],
    ['ctl:ruleRemoveTargetById=4;MATCHED_VARS', [1, 2, 3]],
  ])('is given up once a request asks for %s', (action, ids) => {
    const set = ruleSetOf(removal(action));
    expect(blocksOf(set)).toBeGreaterThan(0);
    expect(judge(set, { uri: '/?go=1' }).ids).toEqual(ids);
    expect(judge(set, { uri: '/?go=2' }).ids).toEqual([2, 3, 4]);
  });

  it('knows nothing of phase 2 behind a rule that lets requests pass in phase 1', () => {
    const set = ruleSetOf(`SecRule ARGS:go "@streq 1" "id:1,phase:1,allow:request"
      SecAction "id:2,phase:2,pass,setvar:tx.a=1"
      SecRule TX:a "@eq 1" "id:3,phase:3,pass"`);
    expect(judge(set, { uri: '/?go=1', response: {} }).ids).toEqual([1]);
    expect(judge(set, { uri: '/?go=2', response: {} }).ids).toEqual([2, 3]);
  });

  it('leaves a rule that cannot be decided to the transaction, which records it', () => {
    const set = ruleSetOf(`SecAction "id:1,phase:1,pass,setvar:tx.a=${'a'.repeat(40)}b"
      SecRule TX:a "@rx ^((a+)+)+\\2$" "id:2,phase:1,pass"`);
    const { verdict, result } = judge(set);
    expect(verdict).toMatchObject({ kind: 'uninspectable', cause: 'match_limit' });
    expect(result.failures.map(({ ruleId }) => ruleId)).toEqual([2]);
  });

  it('takes a number that a policy pins for what it is, whatever a rule captures', () => {
    const set = setOf(
      'SecRule ARGS:go "@rx (1)" "id:1,phase:1,pass,capture"\nSecRule TX:1 "@streq x" "id:2,phase:1,pass"',
      { '1': 'x' },
      'Block',
    );
    for (const evaluation of ['planned', 'reference'] as const) {
      expect(judge(set, { uri: '/?go=1' }, evaluation).ids).toEqual([1, 2]);
    }
  });
});
