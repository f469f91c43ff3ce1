/** What a SluiceNode may hold, the node agent takes: it would refuse a table whole, and with it pods that nothing is wrong with. */
import { expect, it } from 'vitest';
import { faultInTable } from '../../packages/cli/src/node/run-node.ts';
import { KINDS } from '../../packages/controller/src/kinds/definitions.ts';
import { KIND_LIMITS } from '../../packages/controller/src/kinds/limits.ts';
import { tablePod, tableText } from '../../packages/controller/src/node/table.ts';
import { TRUSTED_PROXIES_MAX } from '../../packages/controller/src/plan/limits.ts';
import type { NodePlan } from '../../packages/controller/src/plan/plan.ts';
import { parseTable } from '../../packages/node-agent/src/table/read.ts';

const ports = (count: number): NodePlan['pods'][number]['ports'] =>
  Array.from({ length: count }, (_, at) => ({
    ...{ number: 8_000 + at, protocol: 'http' },
    ...{ uninspected: 'Refuse', upgrades: ['websocket'], paths: 'Normalised' },
    policy: { name: `shop/${'p'.repeat(248)}`, mode: 'Block', unavailable: 'Closed' },
  }));

/** @param portsPerPod of each of as many pods as a node may have */
function largest(portsPerPod: number): NodePlan {
  const name = (at: number): string => `${'n'.repeat(240)}-${at}`;
  return {
    node: 'node-a',
    trustedProxies: Array.from({ length: TRUSTED_PROXIES_MAX }, (_, at) => `10.${at}.0.0/16`),
    pods: Array.from({ length: KIND_LIMITS.podsPerNodeMax }, (_, at) => ({
      ...{ namespace: 'n'.repeat(63), name: name(at), uid: `uid-${at}`, hostNetwork: false },
      ...{ ipFamilies: ['IPv4', 'IPv6'], policy: 'default', mode: 'Block', unavailable: 'Closed' },
      ports: ports(portsPerPod),
      exemptSources: Array.from({ length: 64 }, (_, source) => `10.0.0.${source}/32`),
    })),
    policies: [],
  };
}

it('a plan with as much of everything as there may be becomes a table that the agent takes', () => {
  const plan = largest(KIND_LIMITS.portsPerPodMax);
  expect(KINDS.SluiceNode.spec.safeParse(plan).error).toBeUndefined();
  const pods = plan.pods.map((pod) => tablePod(pod, '/var/run/netns/x', () => null));
  const { text } = tableText({ sluiceSockets: ['/run/sluice/sluice.sock'] }, plan, pods);
  expect(parseTable(text, 'table.json').pods).toHaveLength(KIND_LIMITS.podsPerNodeMax);
  expect(faultInTable(text)).toBe('');
});

it('a plan with more is refused by its own schema, before a node has it', () => {
  const [first] = largest(KIND_LIMITS.portsPerPodMax + 1).pods;
  const plan = { ...largest(1), pods: [first] };
  expect(KINDS.SluiceNode.spec.safeParse(plan).error?.message).toContain('64');
});

it('what the agent would refuse of a pod is told in its words', () => {
  const [pod] = largest(1).pods;
  const named = tablePod(
    { ...(pod as NodePlan['pods'][number]), name: 'n'.repeat(254) },
    '/run/netns/x',
    () => null,
  );
  const { text } = tableText({ sluiceSockets: ['/s.sock'] }, { trustedProxies: [] }, [named]);
  expect(faultInTable(text)).toMatch(/pods\.0\.name.*TABLE_INVALID/s);
});
