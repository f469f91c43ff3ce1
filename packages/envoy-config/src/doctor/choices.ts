/** Which chains of filters a listener's matcher may choose, where it looks at the port first. */
import { Node } from './node.ts';

export interface Choices {
  /** Whether new connections may be for it. */
  isChosen(chain: Node): boolean;
  /** Whether one connection may be for either. */
  mayMeet(one: Node, other: Node): boolean;
}

/** What connections to a port may be for; all ports that nobody names are one. */
interface PortChoice {
  readonly names: ReadonlySet<string>;
  readonly mayBeDefault: boolean;
}

/** Null where the listener has no such matcher: then what each chain says of itself counts. */
export function choicesOf(listener: Node): Choices | null {
  const matcher = listener.at('filter_chain_matcher');
  const tree = matcher.at('matcher_tree');
  const map = tree.at('exact_match_map.map');
  // Of prefixes and matchers of others nothing is known: every connection may be for every chain.
  if (tree.at('input.typed_config').message !== 'DestinationPortInput' || !map.exists) return null;
  const unnamed = choiceOf(matcher.at('on_no_match'));
  const named = map.keys.map((port) => choiceOf(map.key(port))).map((port) => afterNoMatch(port, unnamed));
  const ports = [...named, unnamed];
  const isFor = (chain: Node, { names, mayBeDefault }: PortChoice): boolean =>
    chain.place.endsWith('default_filter_chain') ? mayBeDefault : names.has(chain.at('name').text);
  return {
    isChosen: (chain) => ports.some((port) => isFor(chain, port)),
    mayMeet: (one, other) => ports.some((port) => isFor(one, port) && isFor(other, port)),
  };
}

/** @param onMatch an action, a matcher or nothing */
const choiceOf = (onMatch: Node): PortChoice => ({
  names: namesBelow(onMatch),
  mayBeDefault: !onMatch.exists || isLeaky(onMatch),
});

/** What no matcher of the port's own takes is for those of ports that nobody names, and then for the default. */
const afterNoMatch = (port: PortChoice, unnamed: PortChoice): PortChoice =>
  port.mayBeDefault ? { ...port, names: new Set([...port.names, ...unnamed.names]) } : port;

/** Whether some connection may find no chain below. */
function isLeaky({ value, place }: Node): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const node = new Node(value, place);
  const isMatcher = node.at('matcher_tree').exists || node.at('matcher_list').exists;
  if ((isMatcher && !node.at('on_no_match').exists) || node.at('keep_matching').isTrue) return true;
  return Object.values(value).some((child: unknown) => isLeaky(new Node(child, place)));
}

/** Names of all chains that are named anywhere below. */
function namesBelow({ value, place }: Node): ReadonlySet<string> {
  if (typeof value !== 'object' || value === null) return new Set();
  const node = new Node(value, place);
  if (node.message === 'StringValue') return new Set([node.at('value').text]);
  const children = Object.values(value).map((child: unknown) => namesBelow(new Node(child, place)));
  return new Set(children.flatMap((names) => [...names]));
}
