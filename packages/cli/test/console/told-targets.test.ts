/** What a replay tells of matched values: each, as bytes allow, and never more than the process may answer. */
import type { ExplainedTarget } from '@sluice/engine';
import { expect, it } from 'vitest';
import { ToldTargets } from '../../src/console/told-targets.ts';

function target(more: Partial<ExplainedTarget>): ExplainedTarget {
  return {
    ...{ label: 'ARGS:q', variable: 'ARGS', key: 'q', link: 0, sent: 'a', steps: [], value: 'a' },
    operator: { name: 'rx', negated: false, argument: 'a', expanded: null },
    ...{ matched: null, fingerprint: null, score: 0, ...more },
  };
}

it('leaves out what has changed nothing, and takes the value apart where it matched', () => {
  const steps = [
    { transformation: 'none', value: 'A%41b' },
    { transformation: 'urlDecode', value: 'AAb' },
    { transformation: 'trim', value: 'AAb' },
    { transformation: 'lowercase', value: 'aab' },
  ];
  const told = new ToldTargets().tell(
    target({ sent: 'A%41b', steps, value: 'aab', matched: { start: 1, end: 2 } }),
  );
  expect(told).toEqual({
    ...{ variable: 'ARGS:q', sent: 'A%41b', value: ['a', 'a', 'b'] },
    steps: [
      { transformation: 'urlDecode', value: 'AAb' },
      { transformation: 'lowercase', value: 'aab' },
    ],
  });
});

it('has UTF-8 as text, other bytes as U+FFFD, and what is long from where it matched', () => {
  const told = new ToldTargets();
  expect(told.tell(target({ sent: '\xc3\xa4\xff' })).sent).toBe('ä\ufffd');
  const value = `${'x'.repeat(5_000)}found${'y'.repeat(5_000)}`;
  const [before, matched, behind] = told.tell(target({ value, matched: { start: 5_000, end: 5_005 } })).value;
  expect([before, matched]).toEqual([`…${'x'.repeat(1_000)}`, 'found']);
  expect(behind).toBe(`${'y'.repeat(1_000)}… (4000 bytes more)`);
});

it('names every variable when there is no room for values any more', () => {
  const told = new ToldTargets();
  const value = '\0'.repeat(1_000);
  const steps = Array.from({ length: 8 }, (_, step) => ({ transformation: 't', value: value.slice(step) }));
  const all = Array.from({ length: 2_000 }, (_, each) =>
    told.tell(target({ label: `ARGS:${each}`, sent: `${value}\x01`, steps, value })),
  );
  expect(all.map(({ variable }) => variable)).toEqual(all.map((_, each) => `ARGS:${each}`));
  expect(all.at(0)?.steps).toHaveLength(8);
  expect(all.at(-1)).toMatchObject({ sent: null, steps: [] });
  expect(JSON.stringify(all).length).toBeLessThan(4_194_304);
});
