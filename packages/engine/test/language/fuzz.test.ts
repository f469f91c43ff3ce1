/** Whatever the text: a tree that prints back, or an `EngineError`. And long texts cost no more than their length. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/errors.ts';
import type { DirectiveNode } from '../../src/language/ast.ts';
import { printDirective } from '../../src/language/print.ts';
import { bare, parse } from './helpers.ts';

const LINES = [
  String.raw`SecRule REQUEST_COOKIES|!REQUEST_COOKIES:/_pk_ref/|ARGS_NAMES|ARGS|XML:/* "@rx (?i)\bunion\x5c\"['a]" "id:942100,phase:2,block,capture,t:none,t:urlDecodeUni,msg:'x, \'y\' %{TX.0}',logdata:'%{MATCHED_VAR}',setvar:'tx.a_%{tx.1}=+%{tx.critical}',chain"`,
  'SecRule &ARGS:\'a b\'|XML://@* "!@within |%{tx.allowed}|" \\\n    "id:1,\\\n    ctl:ruleRemoveTargetById=1-5;ARGS:/a|b/,\\\n    deny,status:403"',
  'SecAction \'id:900990,phase:1,pass,nolog,setvar:tx.b=1,initcol:ip=%{REMOTE_ADDR}\'\r\nSecMarker "END"\r\n',
  'SecRuleUpdateTargetById 1 2-5 "!REQUEST_COOKIES:/^_ga(?:_\\w+)?$/"\nSecRuleRemoveByTag "a\\"b"\nSecRuleUpdateActionById 5:1 deny',
  'SecDefaultAction "phase:2,log,auditlog,pass"\nSecRuleEngine On\nSecResponseBodyMimeType text/plain text/html\n# c \\\n# d',
];

const PIECES = [
  ...['"', "'", '\\', '\\"', "\\'", '%{', '}', ',', ':', '|', '/', ' ', '\t', '\n', '\r\n', '\\\n'],
  ...['#', '!', '&', '@', ';', '=', '\x00', '\xff', 'ARGS', 'id:1'],
];

/** A line with some places cut out or filled with what matters to a parser. */
const edit = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(3), fc.constantFrom('', ...PIECES));
const mutated: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...LINES), fc.array(edit, { maxLength: 4 }))
  .map(([line, edits]) =>
    edits.reduce((text, [where, removed, piece]) => {
      const at = Math.floor(where * text.length);
      return text.slice(0, at) + piece + text.slice(at + removed);
    }, line),
  );

const joined = (...pieces: readonly string[]): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...pieces)).map((all) => all.join(''));
const latin1 = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const soup = joined('SecRule ', 'SecAction ', 'SecMarker ', 'TX:', 'msg:', ...PIECES);

/** The tree, or null where the text is refused as it should be. */
function treeOf(text: string): readonly DirectiveNode[] | null {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    expectPlace(error, text);
    return null;
  }
}

/** An error stands within the text, or right behind a line of it. */
function expectPlace({ position }: EngineError, text: string): void {
  const line = text.split('\n')[(position?.line ?? 0) - 1];
  expect(line).toBeDefined();
  expect(position?.column).toBeGreaterThan(0);
  expect(position?.column).toBeLessThanOrEqual((line?.length ?? 0) + 1);
}

describe('any text', () => {
  for (const [name, texts] of [
    ['bytes', latin1],
    ['pieces of the language', soup],
  ] as const) {
    it(`gives a tree or an EngineError: ${name}`, () => {
      fc.assert(
        fc.property(texts, (text) => void treeOf(text)),
        { numRuns: 2_000 },
      );
    });
  }

  it('gives a tree that prints back, or an EngineError: mutated rules', () => {
    let trees = 0;
    fc.assert(
      fc.property(mutated, (text) => {
        const nodes = treeOf(text) ?? [];
        trees += nodes.length;
        const printed = nodes.map(printDirective);
        expect(bare(parse(printed.join('\n')))).toEqual(bare(nodes));
      }),
      { numRuns: 3_000 },
    );
    expect(trees).toBeGreaterThan(500);
  });

  it('keeps every value that one of the quotes can hold', () => {
    const value = joined('a', ' ', '"', "'", '\\', ',', '|', '/', '%', '#', '\xe9');
    let kept = 0;
    fc.assert(
      fc.property(value, value, fc.boolean(), (argument, msg, negated) => {
        const [template] = parse(`SecRule ARGS ${negated ? '!' : ''}@rx "msg:'x'"`);
        if (template?.kind !== 'rule') throw new RangeError('a rule was expected');
        const actions = template.actions.map((action) => ({ ...action, argument: msg }));
        const node = { ...template, operator: { ...template.operator, argument }, actions };
        const printed = printedOrNull(node);
        // Only a backslash before a quote, or at an end, is beyond quoting.
        if (printed === null) expect(argument + msg).toContain('\\');
        else expect(bare(parse(printed))).toEqual([bare(node)]);
        kept += printed === null ? 0 : 1;
      }),
      { numRuns: 2_000 },
    );
    expect(kept).toBeGreaterThan(500);
  });
});

function printedOrNull(node: DirectiveNode): string | null {
  try {
    return printDirective(node);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return null;
  }
}

describe('long texts', () => {
  const LENGTH = 300_000;
  const TEXTS: Readonly<Record<string, string>> = {
    'macros without end': `SecAction "id:1,msg:'${'%{a.'.repeat(LENGTH)}'"`,
    'macros with one end': `SecAction "id:1,msg:'${'%{2'.repeat(LENGTH)}%{tx.a}'"`,
    'many macros': `SecAction "id:1,msg:'${'%{tx.a}'.repeat(LENGTH)}'"`,
    'many actions on one line': `SecAction "id:1${",t:none,setvar:'tx.a=1'".repeat(LENGTH)}"`,
    'many targets on one line': `SecRule ${'ARGS:a|'.repeat(LENGTH)}ARGS:/${'\\/'.repeat(LENGTH)}/ x`,
    'many continuations': `SecAction "id:1${',\\\nt:none'.repeat(LENGTH)}"`,
    'escaped quotes': `SecAction "id:1,msg:'${'\\"'.repeat(LENGTH)}${"\\'".repeat(LENGTH)}',deny,t:none"`,
    'quotes that do not close': `SecRule ${":'".repeat(LENGTH)} x`,
    backslashes: `SecMarker "${'\\'.repeat(LENGTH * 2)}"`,
    blanks: `SecMarker ${' '.repeat(LENGTH)}a${' '.repeat(LENGTH)}\\${' '.repeat(LENGTH)}`,
    ranges: `SecRuleRemoveById ${'1-2,'.repeat(LENGTH)}3`,
    comments: '#\\\n'.repeat(LENGTH),
    'a name': 'a'.repeat(LENGTH * 10),
  };
  for (const [name, text] of Object.entries(TEXTS)) {
    it(`costs what its length is: ${name}`, () => {
      const nodes = treeOf(text) ?? [];
      expect(nodes.length).toBeLessThanOrEqual(1);
      for (const node of nodes) expect(printDirective(node).length).toBeGreaterThan(0);
    });
  }
});
