/** Which chain a new connection is for. It stands beside the chains, so that Envoy keeps those that it had when the choice changes. */
import { type Json, typed } from '../json.ts';
import type { InterceptedPod, InterceptedPort } from '../table.ts';
import { blocks, policyOf } from './names.ts';
import { chainName } from './reading.ts';

type Fields = Readonly<Record<string, Json>>;

/** The versions of HTTP by which Envoy's http_inspector names what it saw, as its matcher spells them. */
const SEEN_AS_HTTP = ["'http/1.0'", "'http/1.1'", "'h2c'"];

const INPUTS = 'envoy.extensions.matching.common_inputs.network.v3.';

const tree = (input: string, map: Fields): Fields => ({
  matcher_tree: {
    input: { name: input, typed_config: typed(`${INPUTS}${input}`) },
    exact_match_map: { map },
  },
});

const chain = (name: string): Fields => ({
  action: { name, typed_config: typed('google.protobuf.StringValue', { value: name }) },
});

/**
 * In Block a port's number alone chooses: what was seen of the connection does not, or two bytes in front of a request would lead it past
 * the WAF. Detect lets by what is no HTTP. Ports without a chain are the default's. @param inspected at least those with a chain
 */
export function matcher(pod: InterceptedPod, inspected: readonly InterceptedPort[]): Fields {
  if (inspected.length === 0) return {};
  const byPort = inspected.map((port) => {
    const own = chain(chainName(policyOf(pod, port), port));
    if (blocks(pod, port) || port.tls !== undefined) return [String(port.number), own] as const;
    const seen = tree('ApplicationProtocolInput', Object.fromEntries(SEEN_AS_HTTP.map((as) => [as, own])));
    const matches = { matcher: { ...seen, on_no_match: chain(`uninspected/${port.number}`) } };
    return [String(port.number), matches] as const;
  });
  return { filter_chain_matcher: tree('DestinationPortInput', Object.fromEntries(byPort)) };
}
