/**
 * What a native scan reports is what one gets by transforming each value in TypeScript and asking each operator: nothing is
 * missed, and nothing is reported too much where patterns are scanned whole.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { compile, Flags, fromShared } from '@sluice/hyperscan-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../src/limits.ts';
import { createEnvironment } from '../src/link/environment.ts';
import { native } from '../src/native/binding.ts';
import { REMEMBERED } from '../src/native/contract.ts';
import type { OperatorInstance } from '../src/operators/operator.ts';
import { findOperator } from '../src/operators/registry.ts';
import { categoriesIn } from '../src/patterns/categories.ts';
import { scannableOperators } from '../src/prefilter/prefilter.ts';
import {
  type Interest,
  makePlan,
  NO_PIPELINES,
  type Pipelines,
  rememberScans,
  ScanBatch,
} from '../src/prefilter/scan-plan.ts';
import { makeTables } from '../src/prefilter/tables.ts';
import { findTransformation } from '../src/transformations/registry.ts';
import { work, workSince } from '../src/work.ts';
import { engine } from './core/support.ts';

const environment = createEnvironment(DEFAULT_LIMITS);
const FLAGS = Flags.DOTALL | Flags.SINGLEMATCH | Flags.ALLOWEMPTY;

/** More than 32, so that they are grouped; with every kind of need and none. */
const OPERATORS: readonly string[] = [
  ...[
    'a',
    '^a',
    'a$',
    '^$',
    '.',
    '^',
    '(?i)k',
    '\\s',
    '[^a-z]',
    'a|b|',
    '(?:ab)+c?',
    '\\xe9',
    '\\xff',
    '\\bfoo\\b',
  ],
  ...[
    'a.c',
    '\\d{2,4}',
    '[\\x80-\\xff]',
    '\\x00',
    'a*',
    '\\w+@\\w+',
    '(?i)UNION.{1,9}select',
    'a\\z',
    '\\([^)]*\\)',
  ],
  ...[
    '<[a-z]+',
    '%[0-9a-f]{2}',
    '\\.\\./',
    'x(?:a\\b|<)b',
    '[\'"`;]',
    '^[0-9]+$',
    '\\$\\{',
    '={2,}',
    'aa(?!b)',
    '_',
  ],
].map((pattern) => `@rx ${pattern}`);
const WORDS = [
  '@pm evil a|20|b ../ k',
  '@pm union,select',
  '@pm %00 <script \\xff',
  '@detectSQLi',
  '@detectXSS',
];

const unit = engine.loadRules([
  {
    path: 'scan.conf',
    text: [...OPERATORS, ...WORDS]
      .map((operator, at) => `SecRule ARGS "${operator.replaceAll('"', '\\"')}" "id:${at + 1},phase:1,pass"`)
      .join('\n'),
  },
]);
const { tables } = unit.prefilter;
const bySlot: ReadonlyMap<number, OperatorInstance> = new Map(
  [...scannableOperators(unit.program, 4)].flatMap(([key, { name, text, lines, hasMacros }]) => {
    const slot = unit.prefilter.slots.get(key);
    const instance = findOperator(name)?.create({ text, lines, hasMacros }, environment);
    return slot === undefined || instance === undefined ? [] : [[slot, instance] as const];
  }),
);
const SLOTS = [...bySlot.keys()];
const NATIVE = native.transformationNames();

/** Parents come before their children. */
const pipelines: fc.Arbitrary<Pipelines> = fc
  .array(fc.tuple(fc.constantFrom(...NATIVE, 'md5', 'sha1'), fc.nat()), { maxLength: 12 })
  .map((nodes) => ({
    transformations: ['', ...nodes.map(([name]) => name)],
    parents: Uint32Array.from([0, ...nodes.map(([, parent], at) => parent % (at + 1))]),
  }));

/** Whether a node and all on the way to it have native forms. */
const isNative = ({ transformations, parents }: Pipelines, node: number): boolean =>
  node === 0 ||
  (NATIVE.includes(transformations[node] ?? '') &&
    isNative({ transformations, parents }, parents[node] ?? 0));

const interests = (tree: Pipelines): fc.Arbitrary<readonly Interest[]> => {
  const nodes = tree.transformations.map((_, node) => node).filter((node) => isNative(tree, node));
  const interest = fc
    .array(
      fc.tuple(
        fc.constantFrom(...nodes),
        fc.uniqueArray(fc.constantFrom(...SLOTS), { maxLength: SLOTS.length }),
      ),
      {
        maxLength: 6,
      },
    )
    .map((entries) => new Map(entries.map(([node, slots]) => [node, new Set(slots)])));
  return fc.array(interest, { minLength: 1, maxLength: 4 });
};

const byte = fc.oneof(
  fc.nat(0xff).map((code) => String.fromCharCode(code)),
  fc.constantFrom(...'abcABCkK019 \n\r\0.,/\xe9\xc9\xff'),
);
const value = fc.oneof(
  fc.string({ unit: byte, maxLength: 20 }),
  fc.string({ unit: fc.constantFrom(...'abckfo0129_-. ,'), maxLength: 24 }),
  fc
    .array(
      fc.constantFrom(
        ...[
          'evil',
          'EVIL',
          'a',
          'a b',
          'foo',
          'UNION',
          ' select',
          '../',
          '%2e',
          '%u002e',
          '&lt;',
          '\\x3c',
          '/**/',
          '\n',
        ],
        ...[
          '<script>',
          "1' or '1'='1",
          '12',
          'YWJj',
          '61',
          '\xe9',
          '\\',
          '  ',
          '%00',
          '\0',
          'onload=',
          'K',
          '=',
        ],
      ),
      { maxLength: 6 },
    )
    .map((parts) => parts.join('')),
);

const through = ({ transformations, parents }: Pipelines, node: number, text: string): string =>
  node === 0
    ? text
    : (findTransformation(transformations[node] ?? '')?.apply(
        through({ transformations, parents }, parents[node] ?? 0, text),
      ) ?? expect.fail('no such transformation'));

type Asked = readonly (readonly [value: string, interest: number])[];

const nameOf = (at: number, node: number, slot: number): string => `${at} ${node} ${slot}`;

function naive(tree: Pipelines, looked: readonly Interest[], asked: Asked): readonly string[] {
  return asked.flatMap(([text, interest], at) =>
    [...(looked[interest] ?? [])].flatMap(([node, slots]) => {
      const transformed = through(tree, node, text);
      return [...slots]
        .filter((slot) => bySlot.get(slot)?.match(transformed, '') != null)
        .map((slot) => nameOf(at, node, slot));
    }),
  );
}

const batch = new ScanBatch();

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function scanned(plan: ReturnType<typeof makePlan>, asked: Asked): readonly string[] {
  for (const [text, interest] of asked) batch.add(text, interest);
  const found: string[] = [];
  batch.scan(plan, (at, node, slot) => found.push(nameOf(at, node, slot)));
  return found;
}

const plan = (tree: Pipelines, looked: readonly Interest[]): ReturnType<typeof makePlan> =>
  makePlan(tables ?? expect.fail('something is scanned'), tree, looked);

const everything: Interest = new Map([[0, new Set(SLOTS)]]);

describe('a scan', () => {
  it('finds what a look at each value finds, whatever is looked for where', () => {
    let hits = 0;
    fc.assert(
      fc.property(
        pipelines.chain((tree) => fc.tuple(fc.constant(tree), interests(tree))),
        fc.array(fc.tuple(value, fc.nat()), { maxLength: 12 }),
        ([tree, looked], picks) => {
          const asked = picks.map(([text, at]) => [text, at % looked.length] as const);
          const expected = naive(tree, looked, asked);
          hits += expected.length;
          expect([...scanned(plan(tree, looked), asked)].sort()).toEqual([...expected].sort());
        },
      ),
      { numRuns: Number(process.env.SLUICE_SCAN_RUNS ?? '1500') },
    );
    expect(hits).toBeGreaterThan(10_000);
  }, 600_000);

  it('tells what values hold as categoriesIn does', () => {
    // Slot i is found in every value, and needs bit i.
    const bits = Array.from({ length: 32 }, (_, bit) => bit);
    const database = compile(bits.map((id) => ({ expression: '^', id, flags: FLAGS })));
    const variants = [{ holds: 0xffff_ffff, deciders: bits.map(() => 0) }];
    const telling = makeTables({ variants, needs: bits.map((bit) => [2 ** bit]) }, [database]);
    const own = makePlan(telling, NO_PIPELINES, [new Map([[0, new Set(bits)]])]);
    const check = (values: readonly string[]): void => {
      const holds = values.map(() => 0);
      for (const text of values) batch.add(text, 0);
      batch.scan(own, (at, _, slot) => {
        holds[at] = ((holds[at] ?? 0) | (1 << slot)) >>> 0;
      });
      expect(holds).toEqual(values.map(categoriesIn));
    };
    fc.assert(
      fc.property(fc.array(fc.string({ unit: byte, maxLength: 40 }), { minLength: 1, maxLength: 20 }), check),
      { numRuns: 2_000 },
    );
    // Long ones: each byte alone among others, at each place of a block and behind the last one.
    for (let code = 0; code < 256; code++) {
      const one = String.fromCharCode(code);
      check(Array.from({ length: 34 }, (_, at) => `${'a'.repeat(239 + at)}${one}${'aB'.repeat(8)}`));
      check([
        one.repeat(256),
        `${one}${'a'.repeat(255)}`,
        `${'\xff'.repeat(300)}${one}`,
        `${'a'.repeat(287)}${one}`,
      ]);
    }
    fc.assert(
      fc.property(fc.array(fc.string({ unit: byte, maxLength: 9 }), { maxLength: 200 }), (parts) =>
        check([parts.join('')]),
      ),
      {
        numRuns: 1_000,
      },
    );
  });

  it('takes thousands of values at once, empty ones, huge ones, and more hits than its buffer holds', () => {
    const tree: Pipelines = {
      transformations: ['', 'lowercase', 'urlDecodeUni'],
      parents: Uint32Array.of(0, 0, 1),
    };
    const slots = new Set(SLOTS);
    const looked: readonly Interest[] = [
      new Map([
        [0, slots],
        [1, slots],
        [2, slots],
      ]),
      new Map(),
      new Map([[2, new Set<number>()]]),
    ];
    const many: Asked = Array.from({ length: 4_000 }, (_, at) => [
      at % 3 === 0 ? '' : `${'X'.repeat(at % 97)}evil ${at} UNION SELECT (a)`,
      at % 7 === 1 ? 1 : at % 7 === 2 ? 2 : 0,
    ]);
    const own = plan(tree, looked);
    const begun = { ...work };
    const found = scanned(own, many);
    const first = workSince(begun);
    expect(found.length).toBeGreaterThan(10_000);
    // Where the buffer was too small, nothing is scanned again.
    const grown = { ...work };
    expect(scanned(own, many)).toEqual(found);
    const { nativeCalls, ...second } = workSince(grown);
    expect(nativeCalls).toBe(1);
    expect(first).toEqual({ ...second, nativeCalls: 2 });
    expect([...found].sort()).toEqual([...naive(tree, looked, many)].sort());
    const huge: Asked = [
      ['x'.repeat(1 << 20), 0],
      [`${'%41'.repeat(300_000)}<script`, 0],
      ['', 0],
      [`${'\0'.repeat(1 << 20)}a\xff`, 0],
    ];
    expect([...scanned(own, huge)].sort()).toEqual([...naive(tree, looked, huge)].sort());
    expect(scanned(own, [])).toEqual([]);
    expect(scanned(own, [['', 1]])).toEqual([]);
    expect([...scanned(own, [['evil', 0]])].sort()).toEqual([...naive(tree, looked, [['evil', 0]])].sort());
  }, 120_000);

  it('scans each of thousands of kinds of values as the first of its kind', () => {
    // More kinds than what is known of them is kept for.
    const own = plan(NO_PIPELINES, [everything]);
    const one = ['a', 'Z', '9', '_', '-', '.', ' ', '\n', '/', '\\', '=', ':', '(', ')', '"', "'"];
    const asked: Asked = Array.from({ length: 20_000 }, (_, kind) => [
      one.filter((_char, bit) => (kind >>> bit) & 1).join(''),
      0,
    ]);
    const found = scanned(own, asked);
    const sampled = new Set(asked.map((_, at) => at).filter((at) => at % 37 === 0 || at > 19_900));
    const picked = asked.filter((_, at) => sampled.has(at));
    const places = [...sampled];
    const expected = naive(NO_PIPELINES, [everything], picked).map((name) => {
      const [at = '', node = '', slot = ''] = name.split(' ');
      return nameOf(places[Number(at)] ?? -1, Number(node), Number(slot));
    });
    expect(found.filter((name) => sampled.has(Number(name.split(' ')[0]))).sort()).toEqual(expected.sort());
  }, 120_000);

  it('forgets what was added when it is told to', () => {
    batch.add('evil', 0);
    batch.clear();
    expect(batch.count).toBe(0);
    expect(scanned(plan(NO_PIPELINES, [everything]), [['_', 0]])).toEqual(
      naive(NO_PIPELINES, [everything], [['_', 0]]),
    );
  });

  it('goes on when the database that it was given is closed and collected', async () => {
    const database = compile([
      { expression: 'evil', id: 0, flags: FLAGS },
      // The tables do not know it.
      { expression: 'evil', id: 70_000, flags: FLAGS },
    ]);
    const token = database.share();
    const own = makePlan(
      makeTables({ variants: [{ holds: 0xffff_ffff, deciders: [0] }], needs: [[]] }, [database]),
      NO_PIPELINES,
      [new Map([[0, new Set([0])]])],
    );
    database.close();
    for (let round = 0; round < 10; round++) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(() => fromShared(token).close()).not.toThrow();
    expect(scanned(own, [['an evil', 0]])).toEqual(['0 0 0']);
  });
});

const remembered = (asked: Asked): Asked => asked.map(([text, interest]) => [text, interest + REMEMBERED]);

/** What was looked up in the memory and found there while something was done. */
function recalled(act: () => void): readonly [lookedUp: number, found: number] {
  const before = { ...work };
  act();
  const { valuesLookedUp, valuesRemembered } = workSince(before);
  return [valuesLookedUp, valuesRemembered];
}

describe('what is remembered of scans', () => {
  it('is what they find, for the same value and the same interest of the same plan', () => {
    let hits = 0;
    rememberScans(true);
    const looked = fc.array(fc.tuple(fc.oneof(value, fc.constantFrom('a', 'evil', '')), fc.nat()), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(
        pipelines.chain((tree) => fc.tuple(fc.constant(tree), interests(tree), interests(tree))),
        looked,
        ([tree, first, second], picks) => {
          const [one, other] = [plan(tree, first), plan(tree, second)];
          for (const [own, all] of [
            [one, first],
            [other, second],
            [one, first],
          ] as const) {
            const asked = picks.map(([text, at]) => [text, at % all.length] as const);
            const [, found] = recalled(() =>
              expect([...scanned(own, remembered(asked))].sort()).toEqual(
                [...naive(tree, all, asked)].sort(),
              ),
            );
            hits += found;
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(hits).toBeGreaterThan(1_000);
  }, 600_000);

  it('is right of thousands of values, short and long, though there is not room for all', () => {
    rememberScans(true);
    const looked: readonly Interest[] = [everything, new Map([[0, new Set(SLOTS.slice(0, 3))]])];
    const own = plan(NO_PIPELINES, looked);
    const asked: Asked = Array.from({ length: 6_000 }, (_, at) => [
      `${at % 5 === 0 ? 'a' : '<'}${'x'.repeat(at % 260)}${at}`,
      at % 2,
    ]);
    const expected = scanned(own, asked);
    expect(recalled(() => expect(scanned(own, remembered(asked))).toEqual(expected))[1]).toBe(0);
    const [lookedUp, found] = recalled(() => expect(scanned(own, remembered(asked))).toEqual(expected));
    // Long ones are never looked for.
    expect(lookedUp).toBeGreaterThan(3_000);
    expect(lookedUp).toBeLessThan(5_000);
    expect(found).toBeLessThan(2_049);
  });

  it('is kept of all values that come by turns, as long as there is room', () => {
    const own = plan(NO_PIPELINES, [everything]);
    const names: Asked = Array.from({ length: 200 }, (_, at) => [`name-${at}`, REMEMBERED]);
    // Which values share a set differs each time.
    let found = 0;
    for (let round = 0; round < 20; round++) {
      rememberScans(true);
      for (let turn = 0; turn < 8; turn++) scanned(own, names);
      found += recalled(() => scanned(own, names))[1];
    }
    expect(found).toBeGreaterThan(0.97 * 20 * names.length);
  });

  it('is kept of values that come again, whatever else comes', () => {
    rememberScans(true);
    const own = plan(NO_PIPELINES, [everything]);
    const names: Asked = Array.from({ length: 20 }, (_, at) => [`name-${at}`, REMEMBERED]);
    let found = 0;
    for (let round = 0; round < 200; round++) {
      const others: Asked = Array.from({ length: 100 }, (_, at) => [`${round} ${at}`, REMEMBERED]);
      scanned(own, others);
      found += recalled(() => scanned(own, names))[1];
    }
    expect(found).toBeGreaterThan(0.9 * 200 * names.length);
  });

  it('is nothing where nobody wants it, and nothing of what went before', () => {
    rememberScans(true);
    const own = plan(NO_PIPELINES, [everything]);
    const asked: Asked = [
      ['evil', REMEMBERED],
      ['_', 0],
    ];
    expect(recalled(() => scanned(own, asked))).toEqual([1, 0]);
    expect(recalled(() => scanned(own, asked))).toEqual([1, 1]);
    rememberScans(false);
    expect(recalled(() => scanned(own, asked))).toEqual([0, 0]);
    rememberScans(true);
    expect(recalled(() => scanned(own, asked))).toEqual([1, 0]);
  });
});
