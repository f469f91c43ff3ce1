/** One listener: its chains of filters, and whether some bytes find a way round those that are inspected. */
import { choicesOf } from './choices.ts';
import { type Finding, finding } from './codes.ts';
import type { Documented } from './document.ts';
import { checkManager, type ManagerReport } from './managers.ts';
import type { Node } from './node.ts';

interface Chain {
  readonly node: Node;
  /** Null where it does not parse HTTP. */
  readonly manager: ManagerReport | null;
  readonly leadsOn: boolean;
}

/** @param asked gets the names of clusters that are asked */
export function checkListener(listener: Node, document: Documented, asked: Set<string>): readonly Finding[] {
  const fallback = listener.at('default_filter_chain');
  const choices = choicesOf(listener);
  // Those that the matcher leads nobody to have the connections that they have.
  const chosen = listener.each('filter_chains').filter((node) => choices?.isChosen(node) !== false);
  const nodes = [...chosen, ...(fallback.exists ? [fallback] : [])];
  const chains = nodes.map((node) => readChain(node, bufferOf(listener), document, asked));
  return [...chains.flatMap(({ manager }) => manager?.findings ?? []), ...waysRound(listener, chains)];
}

/** Envoy's default for what a connection buffers. */
const ENVOYS_BUFFER_BYTES = 1_048_576;

const bufferOf = (listener: Node): number =>
  listener.at('per_connection_buffer_limit_bytes').number ?? ENVOYS_BUFFER_BYTES;

function readChain(node: Node, bytes: number, document: Documented, asked: Set<string>): Chain {
  const filters = node.each('filters').map((filter) => filter.at('typed_config'));
  const manager = filters.find(({ message }) => message === 'HttpConnectionManager');
  const tunnel = filters.some(({ message }) => message === 'TcpProxy');
  return {
    node,
    manager: manager === undefined ? null : checkManager(manager, bytes, document, asked),
    leadsOn: manager === undefined && tunnel,
  };
}

function waysRound(listener: Node, chains: readonly Chain[]): readonly Finding[] {
  const round = chains.filter(({ leadsOn }) => leadsOn);
  const inspected = chains.filter(({ manager }) => manager !== null);
  if (round.length === 0) return [];
  if (inspected.length === 0) return [finding('TCP_LISTENER', listener.place)];
  const sniffs = hasFilter(listener, 'HttpInspector');
  return round.flatMap(({ node }) => {
    // Where nothing is blocked, there is nothing to get round.
    if (inspected.every((chain) => chain.manager?.isInvisible || !mayMeet(listener, chain.node, node)))
      return [];
    if (node.at('filter_chain_match.transport_protocol').text === 'tls') return finding('TLS_BY', node.place);
    return finding(sniffs ? 'SNIFFING' : 'CHAIN_BY', node.place);
  });
}

/** Whether one connection may be for either of two filter chains. */
function mayMeet(listener: Node, one: Node, other: Node): boolean {
  const choices = choicesOf(listener);
  if (choices !== null) return choices.mayMeet(one, other);
  const [left, right] = [one, other].map((node) => node.at('filter_chain_match.destination_port').number);
  return left === undefined || right === undefined || left === right;
}

const hasFilter = (listener: Node, message: string): boolean =>
  listener.each('listener_filters').some((filter) => filter.at('typed_config').message === message);
