/** Sets of addresses and CIDR ranges. Node's BlockList takes an IPv4 address that is written as IPv6 for what it is. */
import { BlockList, isIP } from 'node:net';

const PREFIX = /^\d{1,3}$/;
const BITS = { 4: 32, 6: 128 } as const;

export interface Network {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly prefixBits: number;
}

/** Null where the text is neither an address nor a CIDR range. */
export function parseNetwork(text: string): Network | null {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if ((version !== 4 && version !== 6) || rest.length > 0 || address.includes('%')) return null;
  if (prefix !== undefined && (!PREFIX.test(prefix) || Number(prefix) > BITS[version])) return null;
  return {
    address,
    family: version === 4 ? 'ipv4' : 'ipv6',
    prefixBits: prefix === undefined ? BITS[version] : Number(prefix),
  };
}

/** Of the prefix of `::ffff:a.b.c.d`, an IPv4 address in the form of an IPv6 one. */
const MAPPED_BITS = 96;

export class Networks {
  readonly #ipv4 = new BlockList();
  readonly #ipv6 = new BlockList();
  readonly #isEmpty: boolean;

  /** @param texts as `parseNetwork` reads them; what it does not read is left out, so they are checked before */
  constructor(texts: readonly string[]) {
    const networks = texts.map(parseNetwork).filter((network) => network !== null);
    this.#isEmpty = networks.length === 0;
    for (const network of networks) {
      // `::/0` means every IPv6 address and no other, which BlockList sees otherwise.
      const list = network.family === 'ipv4' || isMapped(network) ? this.#ipv4 : this.#ipv6;
      list.addSubnet(network.address, network.prefixBits, network.family);
    }
  }

  /** False for a text that is no address. A zone is left out of account. */
  has(text: string): boolean {
    if (this.#isEmpty) return false;
    const [address = ''] = text.split('%', 1);
    const version = isIP(address);
    if (version === 4) return this.#ipv4.check(address, 'ipv4');
    return version === 6 && (this.#ipv6.check(address, 'ipv6') || this.#ipv4.check(address, 'ipv6'));
  }
}

function isMapped(network: Network): boolean {
  if (network.family !== 'ipv6' || network.prefixBits < MAPPED_BITS) return false;
  const list = new BlockList();
  list.addSubnet('::ffff:0.0.0.0', MAPPED_BITS, 'ipv6');
  return list.check(network.address, 'ipv6');
}

/** Whether every address of `inner` is in `outer`. */
export function covers(outer: Network, inner: Network): boolean {
  if (outer.family !== inner.family || outer.prefixBits > inner.prefixBits) return false;
  return new Networks([`${outer.address}/${outer.prefixBits}`]).has(inner.address);
}
