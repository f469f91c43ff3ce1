import { expect, it } from 'vitest';
import { isHeartbeat, nodeOf } from '../../src/mirror/ours.ts';
import { NODE_UNHEARD_MILLIS } from '../../src/plan/limits.ts';

const BEGIN = Date.parse('2026-11-01T12:00:00Z');
const node = (millis: number, problem = '') =>
  nodeOf(
    {
      metadata: { name: 'n1', uid: 'u', generation: 1, resourceVersion: '1', creationTimestamp: '' },
      spec: {},
      status: {
        ...{ observedGeneration: 1, ruleSetVersion: 'v', problem, pods: [] },
        heartbeatAt: new Date(BEGIN + millis).toISOString(),
      },
    },
    undefined,
  );

it.each([
  ['soon', node(60_000), true],
  ['with something new', node(60_000, 'no room'), false],
  ['when it counted for nothing already', node(NODE_UNHEARD_MILLIS), false],
])('a node that says the same again %s is told to nobody: %s', (_, after, quiet) => {
  expect(isHeartbeat(node(0), after)).toBe(quiet);
});
