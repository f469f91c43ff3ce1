/** Internet addresses as 128 bits: IPv4 addresses stand in the IPv4-mapped block of IPv6 (RFC 4291 §2.5.5.2). */

/** Where the IPv4 addresses begin: ::ffff:0:0/96. */
export const IPV4_PREFIX_BITS = 96;
const ADDRESS_BITS = 128n;
const IPV4_MAPPED = 0xffff_0000_0000n;
const GROUPS = 8;

const GROUP = /^[0-9a-fA-F]{1,4}$/;
/** The longest text of an address has 45 characters; longer ones are not looked at. */
const TEXT_LENGTH_MAX = 64;

const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/** The 32 bits of a dotted quad as `inet_pton` takes it (no leading zeros), or null. */
function parseIpv4(text: string): number | null {
  let bits = 0;
  let octet = 0;
  let digits = 0;
  let octets = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : DOT;
    if (code === DOT) {
      if (digits === 0 || octet > 255 || octets === 4) return null;
      bits = bits * 256 + octet;
      octets++;
      octet = 0;
      digits = 0;
      continue;
    }
    if (code < ZERO || code > NINE || digits === 3 || (digits > 0 && octet === 0)) return null;
    octet = octet * 10 + (code - ZERO);
    digits++;
  }
  return octets === 4 ? bits : null;
}

/** The groups of one side of `::`; a dotted quad may stand last where `quad` says so. Null where one is malformed. */
function parseGroups(text: string, quad: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (GROUP.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const bits = quad && index === parts.length - 1 ? parseIpv4(part) : null;
    if (bits === null) return null;
    groups.push(Math.floor(bits / 0x1_0000), bits % 0x1_0000);
  }
  return groups;
}

function parseIpv6(text: string): bigint | null {
  const gap = text.indexOf('::');
  const head = parseGroups(gap < 0 ? text : text.slice(0, gap), gap < 0);
  const tail = parseGroups(gap < 0 ? '' : text.slice(gap + 2), true);
  if (head === null || tail === null) return null;
  const missing = GROUPS - head.length - tail.length;
  if (gap < 0 ? missing !== 0 : missing < 1) return null;
  let bits = 0n;
  for (const group of [...head, ...Array<number>(missing).fill(0), ...tail]) {
    bits = (bits << 16n) | BigInt(group);
  }
  return bits;
}

/** The 128 bits of an address, or null where the text is none. A zone (`%eth0`) is not part of an address. */
export function parseAddress(text: string): bigint | null {
  if (text.length > TEXT_LENGTH_MAX) return null;
  if (text.includes(':')) return parseIpv6(text);
  const bits = parseIpv4(text);
  return bits === null ? null : IPV4_MAPPED | BigInt(bits);
}

/** The first `prefixBits` of an address; the others are 0. */
export function maskAddress(bits: bigint, prefixBits: number): bigint {
  const host = ADDRESS_BITS - BigInt(prefixBits);
  return (bits >> host) << host;
}
