/**
 * The filters that ask Sluice. A listener has those that its routes' policies need, strictest first: the one in front is on for every
 * route, and a route with another policy switches it off and its own on.
 */
import type { Json } from '../json.ts';
import type { GuardPolicy } from '../table.ts';
import { authorizationFilters, authorizationFor } from './authorization.ts';
import {
  type GuardFilter,
  type GuardSettings,
  INTENT_NAMESPACE,
  type RouteGuardOptions,
} from './policies.ts';
import { heldBytes, isProcessed, processorFilters, processorFor, upgradeFilters } from './processor.ts';

/** The filters that these policies need: the one in front is on, the others wait to be asked for. */
export const guardFilters = (policies: readonly GuardPolicy[], settings: GuardSettings): readonly Json[] =>
  inOrder([...processorFilters(policies, settings), ...authorizationFilters(policies, settings)]);

/** The same for requests for an upgrade; null where the others do for those too. */
export function upgradeGuardFilters(
  policies: readonly GuardPolicy[],
  settings: GuardSettings,
): readonly Json[] | null {
  if (!policies.some(isProcessed)) return null;
  return inOrder([...upgradeFilters(policies, settings), ...authorizationFilters(policies, settings)]);
}

const inOrder = (filters: readonly GuardFilter[]): readonly Json[] =>
  filters.map(({ name, config }, index) => ({
    name,
    ...(index === 0 ? {} : { disabled: true }),
    typed_config: config,
  }));

/**
 * `metadata`, `typed_per_filter_config` and the size of buffers of a virtual host or route. Clients cannot set what is in them.
 * @throws EnvoyConfigError ENVOY_OPTION
 */
export function routeGuard(options: RouteGuardOptions): Readonly<Record<string, Json>> {
  const { policy, maxRequestBytes, upgrades = [], released = false, more = [] } = options;
  return {
    metadata: {
      filter_metadata: {
        [INTENT_NAMESPACE]: {
          mode: released ? 'Off' : policy.mode,
          unavailable: policy.unavailable,
          ...(upgrades.length === 0 ? {} : { upgrades }),
        },
      },
    },
    ...heldBytes(policy, maxRequestBytes),
    typed_per_filter_config: Object.fromEntries([
      ...processorFor(options),
      ...authorizationFor(options),
      ...more,
    ]),
  };
}
