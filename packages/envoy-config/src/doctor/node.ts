/** A value of a document with the place where it stands. Whatever is missing is an empty node, so that looking is never an error. */

export class Node {
  readonly value: unknown;
  readonly place: string;

  constructor(value: unknown, place: string) {
    this.value = value;
    this.place = place;
  }

  /** `a.b.c` below this. */
  at(path: string): Node {
    let [value, place] = [this.value, this.place];
    for (const name of path.split('.')) {
      value = isRecord(value) ? value[name] : undefined;
      place = place === '' ? name : `${place}.${name}`;
    }
    return new Node(value, place);
  }

  /** A key that has dots of its own. */
  key(name: string): Node {
    const value = isRecord(this.value) ? this.value[name] : undefined;
    return new Node(value, `${this.place}["${name}"]`);
  }

  /** The list below this; empty where there is none. */
  each(path: string): readonly Node[] {
    const { value, place } = this.at(path);
    return Array.isArray(value) ? value.map((item, index) => new Node(item, `${place}[${index}]`)) : [];
  }

  get exists(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  get isTrue(): boolean {
    return this.value === true;
  }

  get text(): string {
    return typeof this.value === 'string' ? this.value : '';
  }

  /** Of a number, or of one in a string, as 64 bits are written; undefined for anything else. */
  get number(): number | undefined {
    if (typeof this.value === 'number') return this.value;
    return typeof this.value === 'string' && /^\d+$/.test(this.value) ? Number(this.value) : undefined;
  }

  /** Of a duration (`0.5s`); undefined where there is none. */
  get millis(): number | undefined {
    const seconds = /^(\d+(?:\.\d+)?)s$/.exec(this.text)?.[1];
    return seconds === undefined ? undefined : Number(seconds) * 1000;
  }

  /** The message that a google.protobuf.Any holds, without its package and version. */
  get message(): string {
    return /\.([A-Za-z]+)$/.exec(this.at('@type').text)?.[1] ?? '';
  }

  get keys(): readonly string[] {
    return isRecord(this.value) ? Object.keys(this.value) : [];
  }
}

/** Several in one: a field is that of the first which has it. */
export class LayeredNode extends Node {
  readonly #layers: readonly Node[];

  constructor(layers: readonly Node[]) {
    const [first = new Node(undefined, '')] = layers;
    super(first.value, first.place);
    this.#layers = layers;
  }

  override at(path: string): Node {
    const [field = ''] = path.split('.');
    const layer = this.#layers.find((one) => new Node(one.value, one.place).at(field).exists);
    return layer === undefined ? super.at(path) : new Node(layer.value, layer.place).at(path);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON of protos may spell a field either way; here it has one name. */
export function snakeCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCased);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [
      /^[a-z][a-z0-9]*(?:[A-Z][a-z0-9]*)+$/.test(name)
        ? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
        : name,
      snakeCased(child),
    ]),
  );
}
