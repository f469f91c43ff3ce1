/** Which policy a request would have, why, what it says, and where each of that is written. */
import type { HeaderList } from '@sluice/engine';
import type { LocatedConfig } from '../config.ts';
import type { ConfigPosition as Place } from '../errors.ts';
import type { PolicyConfig } from '../policy.ts';
import { Networks } from './networks.ts';
import { policySchema } from './policy-schema.ts';
import { type Destination, PolicySelector, type Selection, type StricterEntry } from './select.ts';
import { settingPaths } from './setting-paths.ts';

export interface ExplainRequest {
  /** The policy that Envoy's configuration of the route names; null where it names none. */
  readonly named: string | null;
  readonly destination: Destination;
  readonly clientAddress: string;
  readonly headers: HeaderList;
  /** Default: `/`. Only a policy that blocks in stages asks for it. */
  readonly uri?: string;
}

export interface Explanation {
  readonly policy: string;
  /** One sentence for each decision, in their order, with the place that it comes from. */
  readonly because: readonly { readonly reason: string; readonly place: Place | null }[];
  /** What becomes of the client by its address, before any rule; `unknown` where none was given. */
  readonly client: 'denied' | 'not inspected' | 'inspected' | 'unknown';
  readonly settings: readonly ExplainedSetting[];
}

export interface ExplainedSetting {
  /** Its path in the policy, with dots. */
  readonly name: string;
  readonly value: unknown;
  /** `policy`: written there; `default`: the file leaves it out; `stricter`: raised by an entry of select.stricter. */
  readonly from: 'policy' | 'default' | 'stricter';
  /** Null for a default. */
  readonly place: Place | null;
}

export type { Place };

type Path = readonly (string | number)[];

const SETTINGS: readonly Path[] = settingPaths(policySchema, { intoLists: false });

/** @throws ServerError POLICY_UNKNOWN, DESTINATION_UNKNOWN */
export function explainPolicy(located: LocatedConfig, request: ExplainRequest): Explanation {
  const { policies, select } = located.config;
  const { named, destination, clientAddress, headers, uri = '/' } = request;
  const selection = new PolicySelector(policies, select).select({
    named,
    destination,
    headers,
    uri,
    client: { address: clientAddress, port: 0 },
  });
  const entries = selection.because.stricter.map((index) => ({ index, entry: select.stricter[index] }));
  return {
    policy: selection.name,
    because: [
      picked(located, selection),
      ...(selection.because.staged ? [stagedReason(located, selection)] : []),
      ...entries.map(({ index, entry }) => raised(located, index, entry)),
    ],
    client: clientOf(selection, clientAddress),
    settings: SETTINGS.map((path) => settingOf(located, selection, path)),
  };
}

function clientOf({ policy, denied }: Selection, address: string): Explanation['client'] {
  if (denied) return 'denied';
  if (address === '') return 'unknown';
  if (new Networks(policy.addresses.deny).has(address)) return 'denied';
  return new Networks(policy.addresses.allow).has(address) ? 'not inspected' : 'inspected';
}

function picked({ placeOf }: LocatedConfig, { name, because }: Selection): Explanation['because'][number] {
  switch (because.by) {
    case 'route':
      return {
        reason: `Envoy's configuration of the route names ${name}`,
        place: placeOf(['policies', name]),
      };
    case 'destination': {
      const index = because.destination ?? 0;
      const reason = `entry ${index + 1} of select.destinations is the first that matches the destination`;
      return { reason, place: placeOf(['select', 'destinations', index]) };
    }
    case 'default': {
      const reason = 'nothing else names a policy for this destination';
      return { reason, place: placeOf(['policies', 'default']) };
    }
  }
}

const stagedReason = ({ placeOf }: LocatedConfig, { name }: Selection): Explanation['because'][number] => ({
  reason: 'its path or its client is one of those for which the policy blocks already',
  place: placeOf(['policies', name, 'staged']),
});

function raised(
  { placeOf }: LocatedConfig,
  index: number,
  entry: StricterEntry | undefined,
): Explanation['because'][number] {
  const by = [
    ...(entry === undefined || entry.hosts.length === 0 ? [] : ['its host']),
    ...(entry === undefined || entry.headers.length === 0 ? [] : ['its headers']),
  ].join(' and ');
  const reason = `entry ${index + 1} of select.stricter matches the request by ${by}`;
  return { reason, place: placeOf(['select', 'stricter', index]) };
}

function settingOf(located: LocatedConfig, selection: Selection, path: Path): ExplainedSetting {
  const { config, placeOf } = located;
  const name = path.join('.');
  // What stands below a setting that is not there is not there either.
  const value = valueAt(selection.policy, path) ?? null;
  const own = config.policies[selection.name];
  if (own !== undefined && !Object.is(valueAt(own, path) ?? null, value)) {
    const index = selection.because.stricter.find((each) =>
      Object.is(valueAt(config.select.stricter[each], path), value),
    );
    if (index === undefined && selection.because.staged && name === 'mode') {
      return { name, value, from: 'stricter', place: placeOf(['policies', selection.name, 'staged']) };
    }
    // Addresses are denied by a list of another name.
    const denying = selection.because.stricter.find(
      (each) => config.select.stricter[each]?.deny.length !== 0,
    );
    const place =
      index === undefined
        ? placeOf(['select', 'stricter', denying ?? 0, 'deny'])
        : placeOf(['select', 'stricter', index, ...path]);
    return { name, value, from: 'stricter', place };
  }
  const place = placeOf(['policies', selection.name, ...path]);
  return { name, value, from: place === null ? 'default' : 'policy', place };
}

function valueAt(from: PolicyConfig | StricterEntry | undefined, path: Path): unknown {
  let value: unknown = from;
  for (const key of path)
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return value;
}
