/** Which chains of filters a listener's matcher may choose, where it looks at the port first. */
import { Node } from './node.ts';

export interface Choices {
  /** Whether new connections may be for it. */
  isChosen(chain: Node): boolean;
  /** Whether one connection may be for either. */
  mayMeet(one: Node, other: Node): boolean;
}

/** Null where the listener has no such matcher: then what each chain says of itself counts. */
export function choicesOf(listener: Node): Choices | null {
  const tree = listener.at('filter_chain_matcher.matcher_tree');
  if (tree.at('input.typed_config').message !== 'DestinationPortInput') return null;
  const map = tree.at('exact_match_map.map');
  const byPort = map.keys.map((port) => namesBelow(map.key(port)));
  const isDefault = (chain: Node): boolean => chain.place.endsWith('default_filter_chain');
  const nameOf = (chain: Node): string => chain.at('name').text;
  return {
    isChosen: (chain) => byPort.some((names) => names.has(nameOf(chain))),
    // The default has the ports that no one else has; a port's own matcher may have no other way out.
    mayMeet: (one, other) =>
      !isDefault(one) &&
      !isDefault(other) &&
      byPort.some((names) => names.has(nameOf(one)) && names.has(nameOf(other))),
  };
}

/** Names of all chains that are named anywhere below. */
function namesBelow({ value, place }: Node): ReadonlySet<string> {
  if (typeof value !== 'object' || value === null) return new Set();
  const node = new Node(value, place);
  if (node.message === 'StringValue') return new Set([node.at('value').text]);
  const children = Object.values(value).map((child: unknown) => namesBelow(new Node(child, place)));
  return new Set(children.flatMap((names) => [...names]));
}
