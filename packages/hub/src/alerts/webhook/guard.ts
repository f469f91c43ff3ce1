/**
 * Which addresses a webhook may call. Who can write an alert must not reach, through the hub, what only the hub can: itself, its
 * node, a cloud's metadata. The address that is checked is the one that is connected to, so a name that changes gains nothing.
 */
import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { HubError } from '../../errors.ts';

/** RFC 6890 and its like: what leads to this machine, this link, many machines or nowhere. */
const REFUSED: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['::1', 128, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
  // Metadata of clouds that is not link-local: Amazon's over IPv6 with its neighbours, which give credentials to pods, Google's, Oracle's, Scaleway's,
  // Alibaba's, Azure's.
  ['fd00:ec2::', 32, 'ipv6'],
  ['fd20:ce::254', 128, 'ipv6'],
  ['fd00:c1::a9fe:a9fe', 128, 'ipv6'],
  ['fd00:42::42', 128, 'ipv6'],
  ['192.0.0.192', 32, 'ipv4'],
  ['100.100.100.200', 32, 'ipv4'],
  ['168.63.129.16', 32, 'ipv4'],
];

/** Prefixes behind which an IPv4 address stands in its last 32 bits: mapped, compatible, translated (RFC 4291, 6052, 8215). */
const CARRIERS =
  /^(?:::ffff:|::|64:ff9b::|64:ff9b:1::)((?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]{1,4}:[0-9a-f]{1,4})$/i;

const blocked = new BlockList();
for (const [address, prefix, family] of REFUSED) blocked.addSubnet(address, prefix, family);

/** Whether nobody may be called there. @param address IPv4 or IPv6, without a zone */
export function isForbidden(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  if (blocked.check(address, family === 6 ? 'ipv6' : 'ipv4')) return true;
  const carried = family === 6 ? carriedBy(address) : null;
  return carried !== null && blocked.check(carried, 'ipv4');
}

function carriedBy(address: string): string | null {
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const rest =
    CARRIERS.exec(canonical)?.[1] ?? (canonical.startsWith('2002:') ? sixToFour(canonical) : undefined);
  if (rest === undefined) return null;
  if (rest.includes('.')) return rest;
  const [high = 0, low = 0] = rest.split(':').map((part) => Number.parseInt(part, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** RFC 3056: the second and third group are the address. */
const sixToFour = (address: string): string => {
  const [, high = '0', low = '0'] = address.split(':');
  return `${high || '0'}:${low || '0'}`;
};

/**
 * As node:dns.lookup, but with an error where any address of the name is forbidden.
 * @throws by its callback: HubError WEBHOOK_ADDRESS
 */
export const guardedLookup: LookupFunction = (host, options, callback) => {
  resolve(host, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '');
    const bad = addresses.find(({ address }) => isForbidden(address));
    if (bad !== undefined) {
      return callback(new HubError('WEBHOOK_ADDRESS', { host, address: bad.address }), '');
    }
    if (options.all === true) return callback(null, addresses);
    const [first] = addresses;
    callback(null, first?.address ?? '', first?.family);
  });
};

/** A host that is an address itself is never looked up. @throws HubError WEBHOOK_ADDRESS */
export function checkHost(url: URL): void {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0 && isForbidden(host)) throw new HubError('WEBHOOK_ADDRESS', { host, address: host });
}
