/** Addresses and blocks of them, as 16 bytes: IPv4 in the place that IPv6 has for it (RFC 4291, 2.5.5.2). */
import { isIPv4, isIPv6 } from 'node:net';

const GROUPS = 8;
const MAPPED: readonly number[] = [0, 0, 0, 0, 0, 0xffff];
const MAPPED_BITS = 96;

const groupsOf4 = (text: string): readonly number[] => {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
};

/** The eight groups of an address; undefined where the text is none, or has a zone. */
function groupsOf(text: string): readonly number[] | undefined {
  if (isIPv4(text)) return [...MAPPED, ...groupsOf4(text)];
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const [head = '', tail] = text.split('::');
  const read = (part: string): readonly number[] =>
    part === ''
      ? []
      : part
          .split(':')
          .flatMap((group) => (group.includes('.') ? groupsOf4(group) : [Number.parseInt(group, 16)]));
  const before = read(head);
  if (tail === undefined) return before;
  const after = read(tail);
  return [...before, ...new Array<number>(GROUPS - before.length - after.length).fill(0), ...after];
}

const keyOf = (groups: readonly number[]): string =>
  groups.map((group) => group.toString(16).padStart(4, '0')).join('');

const isMapped = (groups: readonly number[]): boolean =>
  MAPPED.every((group, index) => groups[index] === group);

/** As RFC 5952 writes it; IPv4 with dots. */
function textOf(groups: readonly number[]): string {
  if (isMapped(groups))
    return groups
      .slice(6)
      .map((group) => `${group >> 8}.${group & 255}`)
      .join('.');
  const texts = groups.map((group) => group.toString(16));
  let best = { start: 0, length: 1 };
  for (let start = 0; start < GROUPS; start += 1) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  if (best.length < 2) return texts.join(':');
  return `${texts.slice(0, best.start).join(':')}::${texts.slice(best.start + best.length).join(':')}`;
}

const MAPPED_KEY = '00000000000000000000ffff';

/** IPv4 as documents have it, without a list of groups on the way: each event has three. */
const key4 = (text: string): string => {
  let value = 0;
  for (const part of text.split('.')) value = value * 256 + Number(part);
  return MAPPED_KEY + value.toString(16).padStart(8, '0');
};

/** 32 hexadecimal digits, whose order is that of the bytes; undefined where the text is no address. */
export function addressKey(text: string): string | undefined {
  if (isIPv4(text)) return key4(text);
  const groups = groupsOf(text);
  return groups === undefined ? undefined : keyOf(groups);
}

/** The address in the one form in which equal addresses are equal texts; undefined where it is none. */
export function canonicalAddress(text: string): string | undefined {
  const groups = groupsOf(text);
  return groups === undefined ? undefined : textOf(groups);
}

/** @param key of {@link addressKey} */
export const addressFromKey = (key: string): string =>
  textOf(
    Array.from({ length: GROUPS }, (_, index) => Number.parseInt(key.slice(index * 4, index * 4 + 4), 16)),
  );

export interface AddressBlock {
  /** Keys of the first and the last address. */
  readonly first: string;
  readonly last: string;
  /** `10.0.0.0/8`: its first address, and how many bits are the same in all. */
  readonly text: string;
}

/** @param text `10.0.0.0/8`; bits behind the prefix are taken for zero */
export function addressBlock(text: string): AddressBlock | undefined {
  const [, address = '', digits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const groups = groupsOf(address);
  if (groups === undefined) return undefined;
  const bits = Number(digits) + (isIPv4(address) ? MAPPED_BITS : 0);
  if (bits > 128) return undefined;
  const mask = (index: number): number => {
    const left = Math.min(16, Math.max(0, bits - index * 16));
    return (0xffff << (16 - left)) & 0xffff;
  };
  const first = groups.map((group, index) => group & mask(index));
  const last = first.map((group, index) => group | (~mask(index) & 0xffff));
  const shown = bits >= MAPPED_BITS && isMapped(first) ? bits - MAPPED_BITS : bits;
  return { first: keyOf(first), last: keyOf(last), text: `${textOf(first)}/${shown}` };
}
