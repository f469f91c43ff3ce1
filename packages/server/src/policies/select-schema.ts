/** The shape of `select` in sluice.yaml, and what must hold between it and the policies. */
import { z } from 'zod';
import type { PolicyConfig } from '../policy.ts';
import { POLICY_LIMITS } from './limits.ts';
import { covers, parseNetwork } from './networks.ts';
import { count, networks, paranoia, policyName, threshold } from './policy-schema.ts';
import { type DestinationEntry, isFor, type SelectConfig, type StricterEntry, variantsOf } from './select.ts';
import { isAsStrict, strengthen, strictnessOf } from './strictness.ts';

const names = z.array(z.string().min(1).max(1_024)).max(POLICY_LIMITS.namesMax).default([]);

const destination = z.strictObject({
  policy: policyName,
  addresses: networks,
  ports: z.array(count(1, 65_535)).max(POLICY_LIMITS.namesMax).default([]),
  routes: names,
  virtualHosts: names,
});

const HOST =
  /^(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$|^\[[0-9a-f:.]+\]$/;

const host = z
  .string()
  .transform((text) => text.toLowerCase())
  .refine((text) => HOST.test(text), 'a host name, or *. and a host name; without a port');

const header = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}$/, 'the name of a header')
    .transform((text) => text.toLowerCase()),
  value: z.string().max(4_096).nullable().default(null),
});

const stricter = z.strictObject({
  policies: z.array(policyName).max(POLICY_LIMITS.namesMax).default([]),
  hosts: z.array(host).max(POLICY_LIMITS.namesMax).default([]),
  headers: z.array(header).max(POLICY_LIMITS.namesMax).default([]),
  mode: z.enum(['Detect', 'Block']).nullable().default(null),
  paranoia: paranoia.nullable().default(null),
  thresholds: z
    .strictObject({
      inbound: threshold.nullable().default(null),
      outbound: threshold.nullable().default(null),
    })
    .prefault({}),
  deny: z.union([z.literal('everybody'), networks]).default([]),
});

export const selectSchema = z
  .strictObject({
    destinations: z.array(destination).max(POLICY_LIMITS.entriesMax).default([]),
    stricter: z.array(stricter).max(POLICY_LIMITS.entriesMax).default([]),
  })
  .prefault({});

export interface SelectProblem {
  readonly message: string;
  /** Below the configuration as a whole. */
  readonly path: (string | number)[];
}

/** What cannot be meant: names of nothing, entries that decide nothing. */
export function selectProblems(
  policies: Readonly<Record<string, PolicyConfig>>,
  select: SelectConfig,
): readonly SelectProblem[] {
  const problems = [
    ...select.destinations.flatMap((entry, index) => destinationProblems(entry, index, policies, select)),
    ...select.stricter.flatMap((entry, index) => stricterProblems(entry, index, policies)),
  ];
  if (problems.length > 0) return problems;
  if (variantsOf(policies, select, POLICY_LIMITS.variantsMax + 1).length <= POLICY_LIMITS.variantsMax)
    return [];
  const message = `more than ${POLICY_LIMITS.variantsMax} rule sets, with what stricter makes of the policies`;
  return [{ message, path: ['select', 'stricter'] }];
}

type Policies = Readonly<Record<string, PolicyConfig>>;

function destinationProblems(
  entry: DestinationEntry,
  index: number,
  policies: Policies,
  { destinations }: SelectConfig,
): readonly SelectProblem[] {
  const path = ['select', 'destinations', index];
  const { addresses, ports, routes, virtualHosts } = entry;
  if (!Object.hasOwn(policies, entry.policy)) {
    return [{ message: `no policy is named ${entry.policy}`, path: [...path, 'policy'] }];
  }
  if ([addresses, ports, routes, virtualHosts].every((list) => list.length === 0)) {
    const message = 'says nothing of where a request goes: give addresses, ports, routes or virtualHosts';
    return [{ message, path }];
  }
  const before = destinations.slice(0, index).findIndex((other) => takesAll(other, entry));
  if (before < 0) return [];
  return [{ message: `is never asked: what it matches, entry ${before + 1} matches before it`, path }];
}

/** Whether everything that `inner` matches is matched by `outer` too. */
function takesAll(outer: DestinationEntry, inner: DestinationEntry): boolean {
  return (
    isSubset(inner.addresses, outer.addresses, isWithin) &&
    isSubset(inner.ports, outer.ports, Object.is) &&
    isSubset(inner.routes, outer.routes, Object.is) &&
    isSubset(inner.virtualHosts, outer.virtualHosts, Object.is)
  );
}

const isSubset = <T>(inner: readonly T[], outer: readonly T[], within: (a: T, b: T) => boolean): boolean =>
  outer.length === 0 || (inner.length > 0 && inner.every((a) => outer.some((b) => within(a, b))));

function isWithin(inner: string, outer: string): boolean {
  const [small, large] = [parseNetwork(inner), parseNetwork(outer)];
  return small !== null && large !== null && covers(large, small);
}

function stricterProblems(entry: StricterEntry, index: number, policies: Policies): readonly SelectProblem[] {
  const path = ['select', 'stricter', index];
  const unknown = entry.policies.findIndex((name) => !Object.hasOwn(policies, name));
  if (unknown >= 0) {
    const message = `no policy is named ${entry.policies[unknown]}`;
    return [{ message, path: [...path, 'policies', unknown] }];
  }
  if (entry.hosts.length === 0 && entry.headers.length === 0) {
    return [{ message: 'names neither hosts nor headers: write it into the policy', path }];
  }
  const changes = Object.entries(policies).some(([name, policy]) => {
    if (!isFor(entry, name)) return false;
    const own = strictnessOf(policy);
    return !isAsStrict(own, strengthen(own, entry, entry.deny.length > 0));
  });
  if (changes) return [];
  return [{ message: 'makes nothing stricter: the policies that it is for are as strict without it', path }];
}
