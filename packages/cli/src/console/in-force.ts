/** The exclusions of a policy that hold now. */
import type { InForce } from '@sluice/hub/promote';
import type { Config } from '@sluice/server';

/** Empty where there is no such policy. */
export function inForceOf({ policies }: Config, policy: string): readonly InForce[] {
  const now = Date.now();
  const { exclusions } = Object.hasOwn(policies, policy)
    ? (policies[policy] ?? policies.default)
    : { exclusions: [] };
  return exclusions.filter(({ expires }) => expires === undefined || expires > now);
}
