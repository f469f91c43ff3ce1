/** TX is one map, whatever lies in what transactions share and what in their own: held to a plain Map. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pinnedPairs, TxCollection, type TxPairs } from '../src/variables/tx-collection.ts';

const NAMES = ['a', 'A', 'b', 'Bb', 'bB', '0', '1', '9', 'p', 'P', '__proto__', '\xc9', '\xe9'] as const;
const PINNED: ReadonlyMap<string, string> = new Map([
  ['p', 'pinned'],
  ['1', 'one'],
]);

const name = fc.constantFrom(...NAMES);
const value = fc.constantFrom('', '1', '2', 'x');
const operation = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), name, value }),
  fc.record({ kind: fc.constant('remove' as const), name }),
  fc.record({
    kind: fc.constant('capture' as const),
    captures: fc.array(fc.option(value, { nil: undefined }), { maxLength: 11 }),
  }),
  fc.record({ kind: fc.constant('adopt' as const), foreign: fc.boolean() }),
);
type Operation = typeof operation extends fc.Arbitrary<infer Of> ? Of : never;

/** Entries by lower-case name: as first spelt, and the value. */
type Model = Map<string, readonly [key: string, value: string]>;

const lower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

function write(model: Model, key: string, text: string): void {
  const lowerKey = lower(key);
  if (!PINNED.has(lowerKey)) model.set(lowerKey, [model.get(lowerKey)?.[0] ?? key, text]);
}

function runModel(model: Model, each: Exclude<Operation, { kind: 'adopt' }>): void {
  if (each.kind === 'set') write(model, each.name, each.value);
  else if (each.kind === 'remove') {
    if (!PINNED.has(lower(each.name))) model.delete(lower(each.name));
  } else {
    for (let group = 0; group <= 9; group++) {
      const text = each.captures[group];
      if (text !== undefined) write(model, String(group), text);
      else if (!PINNED.has(String(group))) model.delete(String(group));
    }
  }
}

function run(tx: TxCollection, each: Exclude<Operation, { kind: 'adopt' }>): void {
  if (each.kind === 'set') tx.set(each.name, each.value);
  else if (each.kind === 'remove') tx.remove(each.name);
  else tx.setCaptures(each.captures);
}

const listed = (tx: TxCollection) => tx.list().map(({ key, lowerKey, value: text }) => [lowerKey, key, text]);
const modelled = (model: Model) => [...model].map(([lowerKey, [key, text]]) => [lowerKey, key, text]);

describe('TX', () => {
  it('is one map to rules: names, spelling, values and order', () => {
    let adopted = 0;
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(operation, { maxLength: 12 }),
        fc.array(operation, { maxLength: 12 }),
        (isPinned, before, rest) => {
          const pinned: TxPairs = isPinned ? pinnedPairs(PINNED) : new Map();
          const asModel = (): Model => new Map(Array.from(pinned, ([key, pair]) => [key, [key, pair.value]]));
          const pinsOff = (each: Operation): boolean => isPinned || each.kind !== 'adopt';
          // What a constant block of rules leads to: worked out beforehand by a collection of its own.
          const folded = new TxCollection(pinned);
          const foldedModel = asModel();
          for (const each of before) {
            if (each.kind === 'adopt' || (!isPinned && touchesPins(each))) continue;
            run(folded, each);
            runModel(foldedModel, each);
          }
          const after = folded.snapshot();
          const frozen = [...after.values()];
          const tx = new TxCollection(pinned);
          let model = asModel();
          for (const each of rest.filter(pinsOff)) {
            if (each.kind === 'adopt') {
              const from = each.foreign ? new Map(pinned) : pinned;
              if (tx.adopt(from, after)) {
                adopted++;
                // Only where nothing was done before: then TX is what it was worked out from.
                expect(modelled(model)).toEqual(modelled(asModel()));
                expect(each.foreign).toBe(false);
                model = new Map(foldedModel);
              }
            } else if (isPinned || !touchesPins(each)) {
              run(tx, each);
              runModel(model, each);
            }
            expect(listed(tx)).toEqual(modelled(model));
            for (const key of NAMES) expect(tx.get(lower(key))).toBe(model.get(lower(key))?.[1]);
          }
          expect([...tx.snapshot().keys()]).toEqual([...model.keys()]);
          // Others share it.
          expect([...after.values()]).toEqual(frozen);
        },
      ),
      { numRuns: 5_000 },
    );
    expect(adopted).toBeGreaterThan(100);
  });
});

/** Where nothing is pinned, the model, which pins, is asked about other names only. */
function touchesPins(each: Exclude<Operation, { kind: 'adopt' }>): boolean {
  return each.kind === 'capture' || PINNED.has(lower(each.name));
}
