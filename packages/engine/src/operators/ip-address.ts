/** Internet addresses as 128 bits: IPv4 addresses stand in the IPv4-mapped block of IPv6 (RFC 4291 §2.5.5.2). */

/** Where the IPv4 addresses begin: ::ffff:0:0/96. */
export const IPV4_PREFIX_BITS = 96;
const ADDRESS_BITS = 128n;
const IPV4_MAPPED = 0xffff_0000_0000n;
const GROUPS = 8;

const OCTET = /^(?:0|[1-9]\d{0,2})$/;
const GROUP = /^[0-9a-fA-F]{1,4}$/;
/** The longest text of an address has 45 characters; longer ones are not looked at. */
const TEXT_LENGTH_MAX = 64;

/** The 32 bits of a dotted quad as `inet_pton` takes it (no leading zeros), or null. */
function parseIpv4(text: string): bigint | null {
  const octets = text.split('.');
  if (octets.length !== 4) return null;
  let bits = 0n;
  for (const octet of octets) {
    if (!OCTET.test(octet) || Number(octet) > 255) return null;
    bits = (bits << 8n) | BigInt(octet);
  }
  return bits;
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
    groups.push(Number(bits >> 16n), Number(bits & 0xffffn));
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
  return bits === null ? null : IPV4_MAPPED | bits;
}

/** The first `prefixBits` of an address; the others are 0. */
export function maskAddress(bits: bigint, prefixBits: number): bigint {
  const host = ADDRESS_BITS - BigInt(prefixBits);
  return (bits >> host) << host;
}
