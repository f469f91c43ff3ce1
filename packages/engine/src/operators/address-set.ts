/** A set of addresses and networks, asked with one look-up for each length of prefix that occurs in it. */
import { IPV4_PREFIX_BITS, maskAddress, parseAddress } from './ip-address.ts';

const PREFIX = /^\d{1,3}$/;
const IPV6_BITS = 128;
const IPV4_BITS = 32;
const ZONE = /%.*$/s;

/** Clients that come again are not looked up again: most requests of a connection, and of a proxy, are from one. */
const ANSWERS_MAX = 1_024;
const ANSWERED_BYTES_MAX = 64;

export class AddressSet {
  readonly #answers = new Map<string, boolean>();
  readonly #networksByPrefix = new Map<number, Set<bigint>>();

  /**
   * Adds an address or a network (`10.0.0.0/8`, `2001:db8::/32`); bits after the prefix do not count.
   *
   * @returns false where the text is neither
   */
  add(text: string): boolean {
    const [address = '', prefix, ...rest] = text.split('/');
    const bits = parseAddress(address);
    if (bits === null || rest.length > 0) return false;
    const isIpv4 = !address.includes(':');
    let prefixBits = IPV6_BITS;
    if (prefix !== undefined) {
      if (!PREFIX.test(prefix) || Number(prefix) > (isIpv4 ? IPV4_BITS : IPV6_BITS)) return false;
      prefixBits = Number(prefix) + (isIpv4 ? IPV4_PREFIX_BITS : 0);
    }
    let networks = this.#networksByPrefix.get(prefixBits);
    if (networks === undefined) {
      networks = new Set();
      this.#networksByPrefix.set(prefixBits, networks);
    }
    networks.add(maskAddress(bits, prefixBits));
    this.#answers.clear();
    return true;
  }

  /** Whether the address is in the set. False for a text that is no address. A zone is left out of account. */
  has(text: string): boolean {
    const known = this.#answers.get(text);
    if (known !== undefined) return known;
    const answer = this.#find(text);
    if (this.#answers.size >= ANSWERS_MAX) this.#answers.clear();
    if (text.length <= ANSWERED_BYTES_MAX) this.#answers.set(text, answer);
    return answer;
  }

  #find(text: string): boolean {
    const bits = parseAddress(text.replace(ZONE, ''));
    if (bits === null) return false;
    const isIpv4 = !text.includes(':');
    for (const [prefixBits, networks] of this.#networksByPrefix) {
      // `::/0` means every IPv6 address: an IPv4 one is only in the networks of the IPv4-mapped block.
      if (isIpv4 && prefixBits < IPV4_PREFIX_BITS) continue;
      if (networks.has(maskAddress(bits, prefixBits))) return true;
    }
    return false;
  }
}
