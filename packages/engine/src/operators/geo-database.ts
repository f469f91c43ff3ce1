/**
 * MaxMind DB files (the format's specification 2.0): a binary tree over the bits of an address, whose leaves point to
 * records. Read whole, once a path and process; a newer file is seen when the process starts again.
 */
import { readFileSync } from 'node:fs';
import { EngineError } from '../errors.ts';
import { IPV4_PREFIX_BITS, parseAddress } from './ip-address.ts';
import { MaxMindData, type MaxMindMap, type MaxMindValue } from './maxmind-data.ts';

const METADATA_MARK = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
/** Zero bytes between the tree and the records. */
const SEPARATOR_BYTES = 16;
const ADDRESS_BITS = 128;
const IPV4_MAPPED = 0xffffn << 32n;

export class GeoDatabase {
  readonly #bytes: Buffer;
  readonly #data: MaxMindData;
  readonly #nodeCount: number;
  readonly #recordBits: number;
  readonly #version: number;

  /** @throws EngineError RULE_FILE_UNREADABLE where the bytes are no MaxMind database */
  constructor(bytes: Buffer, path: string) {
    const mark = bytes.lastIndexOf(METADATA_MARK);
    if (mark < 0) throw unreadable(path, 'it is no MaxMind database');
    const metadata = new MaxMindData(bytes.subarray(mark + METADATA_MARK.length), path).read(0);
    this.#bytes = bytes;
    this.#nodeCount = numberIn(metadata, 'node_count');
    this.#recordBits = numberIn(metadata, 'record_size');
    this.#version = numberIn(metadata, 'ip_version');
    const treeBytes = (this.#nodeCount * this.#recordBits) / 4;
    const sizes = [24, 28, 32].includes(this.#recordBits) && [4, 6].includes(this.#version);
    if (!sizes || treeBytes + SEPARATOR_BYTES > mark) throw unreadable(path, 'its search tree is damaged');
    this.#data = new MaxMindData(bytes.subarray(treeBytes + SEPARATOR_BYTES, mark), path);
  }

  /** The record of an address, or null where the text is no address, or one that the database does not have. */
  find(text: string): MaxMindMap | null {
    const address = parseAddress(text);
    if (address === null) return null;
    const isIpv4 = address >> 32n === IPV4_MAPPED >> 32n;
    if (!isIpv4 && this.#version === 4) return null;
    // IPv4 addresses stand below ::/96, not in the mapped block.
    const bits = isIpv4 ? address & 0xffff_ffffn : address;
    let node = 0;
    for (let bit = this.#version === 4 ? IPV4_PREFIX_BITS : 0; bit < ADDRESS_BITS; bit++) {
      if (node >= this.#nodeCount) break;
      node = this.#record(node, Number((bits >> BigInt(ADDRESS_BITS - 1 - bit)) & 1n));
    }
    if (node <= this.#nodeCount) return null;
    const found = this.#data.read(node - this.#nodeCount - SEPARATOR_BYTES);
    return found instanceof Map ? found : null;
  }

  /** The left (0) or right (1) record of a node. */
  #record(node: number, side: number): number {
    const nodeBytes = this.#recordBits / 4;
    const at = node * nodeBytes;
    if (this.#recordBits === 24) return this.#bytes.readUIntBE(at + side * 3, 3);
    if (this.#recordBits === 32) return this.#bytes.readUInt32BE(at + side * 4);
    // 28 bits: the middle byte holds the highest four of both.
    const middle = this.#bytes.readUInt8(at + 3);
    const high = side === 0 ? middle >> 4 : middle & 0xf;
    return high * 0x100_0000 + this.#bytes.readUIntBE(at + side * 4, 3);
  }
}

function numberIn(metadata: MaxMindValue, key: string): number {
  const value = metadata instanceof Map ? metadata.get(key) : undefined;
  return typeof value === 'number' ? value : 0;
}

const opened = new Map<string, GeoDatabase>();

/** The database of a path. @throws EngineError RULE_FILE_UNREADABLE */
export function openGeoDatabase(path: string): GeoDatabase {
  const known = opened.get(path);
  if (known !== undefined) return known;
  const database = new GeoDatabase(readBytes(path), path);
  opened.set(path, database);
  return database;
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineError('RULE_FILE_UNREADABLE', { path, reason }, { cause: error });
  }
}

const unreadable = (path: string, reason: string): EngineError =>
  new EngineError('RULE_FILE_UNREADABLE', { path, reason });
