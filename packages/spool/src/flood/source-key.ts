/** Who counts as one source. */
import { isIPv6 } from 'node:net';

const GROUPS_OF_64 = 4;

/**
 * An IPv4 address by itself, an IPv6 address with its /64: whoever has one of them has them all. A text that is no
 * address is a source by that name.
 */
export function sourceKey(source: string): string {
  if (!source.includes(':') || !isIPv6(source)) return source;
  const [head = '', tail] = source.toLowerCase().replace(/%.*$/, '').split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  // An IPv4 address at the end stands for two groups.
  const wide = source.includes('.') ? 1 : 0;
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length - wide;
  const all = [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after];
  if (wide === 1 && all.slice(0, 5).every((group) => Number.parseInt(group, 16) === 0)) return source;
  const network = all.slice(0, GROUPS_OF_64).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}

const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'));
