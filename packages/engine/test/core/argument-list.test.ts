import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ArgumentList } from '../../src/variables/argument-list.ts';
import { makePair } from '../../src/variables/pair.ts';

const names = fc.array(fc.string({ maxLength: 3 }), { maxLength: 5 });

it('has the arguments of the query, then those of the body, at each moment', () => {
  fc.assert(
    fc.property(names, names, (query, body) => {
      const list = new ArgumentList();
      const seen: string[] = [];
      const keys = (): string[] => list.all.map(({ key }) => key);
      for (const name of query) {
        list.addOfQuery(makePair(name, ''));
        seen.push(name);
        expect(keys()).toEqual(seen);
      }
      for (const name of body) {
        list.addOfBody(makePair(name, ''));
        seen.push(name);
        expect(keys()).toEqual(seen);
      }
      expect(list.ofQuery.map(({ key }) => key)).toEqual(query);
      expect(list.ofBody.map(({ key }) => key)).toEqual(body);
    }),
  );
});

it('has each argument once: the list of all holds the very pairs of the others', () => {
  const list = new ArgumentList();
  list.addOfQuery(makePair('a', '1'));
  list.addOfBody(makePair('b', '2'));
  expect(list.all[0]).toBe(list.ofQuery[0]);
  expect(list.all[1]).toBe(list.ofBody[0]);
});
