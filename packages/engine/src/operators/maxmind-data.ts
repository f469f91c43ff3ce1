/** The data section of a MaxMind DB file: values of ten types, with pointers from one to another. */
import { EngineError } from '../errors.ts';

export type MaxMindMap = ReadonlyMap<string, MaxMindValue>;
/** Texts are bytes as latin1; integers of more than 53 bits lose their lowest. */
export type MaxMindValue = string | number | boolean | MaxMindMap | readonly MaxMindValue[];

const TYPE = Object.freeze({
  extended: 0,
  pointer: 1,
  text: 2,
  double: 3,
  bytes: 4,
  map: 7,
  int32: 8,
  array: 11,
  boolean: 14,
  float: 15,
});

/** Pointers must not lead in a circle, and values nest a few times only. */
const DEPTH_MAX = 32;
/** What each longer form of a pointer begins to count from. */
const POINTER_OFFSETS = [0, 2_048, 526_336, 0];

interface Read {
  readonly value: MaxMindValue;
  readonly end: number;
}

export class MaxMindData {
  readonly #bytes: Buffer;
  readonly #path: string;

  constructor(bytes: Buffer, path: string) {
    this.#bytes = bytes;
    this.#path = path;
  }

  /** The value at an offset. @throws EngineError RULE_FILE_UNREADABLE where the bytes are damaged */
  read(offset: number): MaxMindValue {
    return this.#value(offset, 0).value;
  }

  #value(at: number, depth: number): Read {
    if (depth > DEPTH_MAX) throw this.#damaged();
    const control = this.#uint(at, 1);
    let type = control >> 5;
    if (type === TYPE.pointer) return this.#pointer(control, at + 1, depth);
    let next = at + 1;
    if (type === TYPE.extended) {
      type = this.#uint(next, 1) + 7;
      next += 1;
    }
    const { size, start } = this.#size(control & 0x1f, next);
    switch (type) {
      case TYPE.map:
        return this.#map(size, start, depth);
      case TYPE.array:
        return this.#array(size, start, depth);
      case TYPE.boolean:
        return { value: size !== 0, end: start };
      default:
        return { value: this.#plain(type, size, start), end: start + size };
    }
  }

  #size(short: number, at: number): { readonly size: number; readonly start: number } {
    if (short < 29) return { size: short, start: at };
    const bytes = short - 28;
    const base = [29, 285, 65_821][bytes - 1] ?? 0;
    return { size: base + this.#uint(at, bytes), start: at + bytes };
  }

  #pointer(control: number, at: number, depth: number): Read {
    const form = (control >> 3) & 0x3;
    const bytes = form + 1;
    const low = this.#uint(at, bytes);
    // The longest form leaves the three bits of the control byte out.
    const high = form === 3 ? 0 : (control & 0x7) * 2 ** (8 * bytes);
    const target = high + low + (POINTER_OFFSETS[form] ?? 0);
    return { value: this.#value(target, depth + 1).value, end: at + bytes };
  }

  #map(size: number, start: number, depth: number): Read {
    const map = new Map<string, MaxMindValue>();
    let at = start;
    for (let left = size; left > 0; left--) {
      const key = this.#value(at, depth + 1);
      const value = this.#value(key.end, depth + 1);
      map.set(String(key.value), value.value);
      at = value.end;
    }
    return { value: map, end: at };
  }

  #array(size: number, start: number, depth: number): Read {
    const items: MaxMindValue[] = [];
    let at = start;
    for (let left = size; left > 0; left--) {
      const item = this.#value(at, depth + 1);
      items.push(item.value);
      at = item.end;
    }
    return { value: items, end: at };
  }

  #plain(type: number, size: number, at: number): MaxMindValue {
    if (at + size > this.#bytes.length) throw this.#damaged();
    switch (type) {
      case TYPE.text:
      case TYPE.bytes:
        return this.#bytes.toString('latin1', at, at + size);
      case TYPE.double:
        if (size !== 8) throw this.#damaged();
        return this.#bytes.readDoubleBE(at);
      case TYPE.float:
        if (size !== 4) throw this.#damaged();
        return this.#bytes.readFloatBE(at);
      case TYPE.int32: {
        const value = this.#uint(at, size);
        return size === 4 ? value | 0 : value;
      }
      default:
        return this.#uint(at, size);
    }
  }

  #uint(at: number, size: number): number {
    if (at < 0 || at + size > this.#bytes.length || size > 16) throw this.#damaged();
    let value = 0;
    for (let index = at; index < at + size; index++) value = value * 256 + (this.#bytes[index] ?? 0);
    return value;
  }

  #damaged(): EngineError {
    return new EngineError('RULE_FILE_UNREADABLE', { path: this.#path, reason: 'its records are damaged' });
  }
}
