/** Writes small MaxMind databases for tests: records by network, each value in its plainest form. */

export type Written = string | number | boolean | { readonly [key: string]: Written } | readonly Written[];

export interface Network {
  /** Bits of the address, as `0` and `1`; of IPv4 in an IPv6 database behind 96 zeros. */
  readonly bits: string;
  readonly record: Written;
}

interface Options {
  readonly recordBits?: 24 | 28 | 32;
  readonly ipVersion?: 4 | 6;
  /** Strings that stand once and are pointed to from then on. */
  readonly pointers?: boolean;
}

type Node = [Node | number | null, Node | number | null];

export const bitsOfIpv4 = (address: string, length = 32): string =>
  address
    .split('.')
    .map((octet) => Number(octet).toString(2).padStart(8, '0'))
    .join('')
    .slice(0, length);

export function writeMaxMind(networks: readonly Network[], options: Options = {}): Buffer {
  const { recordBits = 28, ipVersion = 6, pointers = false } = options;
  const data = new Encoder(pointers);
  const root: Node = [null, null];
  for (const { bits, record } of networks) {
    let node = root;
    for (const [index, bit] of [...bits].entries()) {
      const side = bit === '1' ? 1 : 0;
      if (index === bits.length - 1) {
        node[side] = data.add(record);
        break;
      }
      const next = node[side];
      const made: Node = Array.isArray(next) ? next : [null, null];
      node[side] = made;
      node = made;
    }
  }
  const nodes: Node[] = [root];
  for (const node of nodes) for (const side of node) if (Array.isArray(side)) nodes.push(side);
  const target = (side: Node | number | null): number =>
    side === null ? nodes.length : Array.isArray(side) ? nodes.indexOf(side) : nodes.length + 16 + side;
  const tree = nodes.map(([left, right]) => nodeBytes(target(left), target(right), recordBits));
  const metadata = new Encoder(false);
  metadata.add({ node_count: nodes.length, record_size: recordBits, ip_version: ipVersion });
  const mark = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
  return Buffer.concat([...tree, Buffer.alloc(16), data.bytes, mark, metadata.bytes]);
}

function nodeBytes(left: number, right: number, recordBits: number): Buffer {
  const bits = (value: number): string => value.toString(2).padStart(recordBits, '0');
  const [a, b] = [bits(left), bits(right)];
  // 28 bits: the highest four of both share the middle byte.
  const all = recordBits === 28 ? a.slice(4) + a.slice(0, 4) + b.slice(0, 4) + b.slice(4) : a + b;
  return Buffer.from((all.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

class Encoder {
  bytes = Buffer.alloc(0);
  readonly #pointers: boolean;
  readonly #known = new Map<string, number>();

  constructor(pointers: boolean) {
    this.#pointers = pointers;
  }

  /** Returns where the value begins. */
  add(value: Written): number {
    const start = this.bytes.length;
    if (typeof value === 'string') this.#text(value);
    else if (typeof value === 'boolean') this.#head(14, value ? 1 : 0);
    else if (typeof value === 'number') this.#number(value);
    else if (Array.isArray(value)) {
      this.#head(11, value.length);
      for (const item of value) this.add(item);
    } else {
      const entries = Object.entries(value);
      this.#head(7, entries.length);
      for (const [key, item] of entries) {
        this.#text(key);
        this.add(item);
      }
    }
    return start;
  }

  #text(value: string): void {
    const known = this.#known.get(value);
    if (this.#pointers && known !== undefined) {
      this.#push(Buffer.from([0x20 | (known >> 8), known & 0xff]));
      return;
    }
    this.#known.set(value, this.bytes.length);
    const text = Buffer.from(value, 'utf8');
    this.#head(2, text.length);
    this.#push(text);
  }

  #number(value: number): void {
    const bytes = Buffer.alloc(Number.isInteger(value) ? 4 : 8);
    if (Number.isInteger(value)) bytes.writeUInt32BE(value);
    else bytes.writeDoubleBE(value);
    this.#head(Number.isInteger(value) ? 6 : 3, bytes.length);
    this.#push(bytes);
  }

  #head(type: number, size: number): void {
    const long = size < 29 ? [] : size < 285 ? [size - 29] : [(size - 285) >> 8, (size - 285) & 0xff];
    const short = size < 29 ? size : 28 + long.length;
    this.#push(Buffer.from(type < 8 ? [(type << 5) | short] : [short, type - 7]));
    this.#push(Buffer.from(long));
  }

  #push(bytes: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, bytes]);
  }
}
