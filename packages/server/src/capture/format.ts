/**
 * The file of a capture, which nobody reads without the customer's private key (docs/promote.md, "The file"):
 *
 *     "SLUICECAP1\n"  recipient's public key (32 bytes)  ephemeral public key (32)
 *     length (uint32, big endian)  ciphertext and tag    a record, again and again
 *
 * The file's key is HKDF-SHA-256 of X25519(ephemeral, recipient), salted with both public keys. Records are sealed by AES-256-GCM; the nonce is the
 * record's number, and what is authenticated with it whether it is the last one: no record can be changed, moved, left out or cut off unseen.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { ServerError } from '../errors.ts';
import { CAPTURE_LIMITS } from './limits.ts';

const MAGIC = Buffer.from('SLUICECAP1\n', 'latin1');
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const LENGTH_BYTES = 4;
const INFO = 'sluice capture 1';
const HEAD_BYTES = MAGIC.byteLength + 2 * KEY_BYTES;
const MORE = Buffer.from('more');
const LAST = Buffer.from('last');

/** What stands before the 32 bytes of an X25519 public key in its DER (RFC 8410). */
const SPKI = Buffer.from('302a300506032b656e032100', 'hex');

export interface CaptureKeys {
  /** 32 bytes in base64: for the configuration. */
  readonly publicKey: string;
  /** PKCS #8 in PEM: for nobody but the customer. */
  readonly privateKey: string;
}

export function makeCaptureKeys(): CaptureKeys {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  return {
    publicKey: rawOf(publicKey).toString('base64'),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Whether a text is a public key that something can be sealed for. */
export function isCaptureKey(text: string): boolean {
  const raw = Buffer.from(text, 'base64');
  if (raw.byteLength !== KEY_BYTES || raw.toString('base64') !== text) return false;
  try {
    // Points of small order come to nothing with any key: whoever reads the file would have its key.
    sharedWith(generateKeyPairSync('x25519').privateKey, raw);
    return true;
  } catch {
    // OpenSSL refuses what comes to zero.
    return false;
  }
}

const rawOf = (key: KeyObject): Buffer =>
  key.export({ type: 'spki', format: 'der' }).subarray(SPKI.byteLength);

const sharedWith = (privateKey: KeyObject, raw: Uint8Array): Buffer =>
  diffieHellman({
    privateKey,
    publicKey: createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' }),
  });

function fileKey(shared: Buffer, ephemeral: Uint8Array, recipient: Uint8Array): Buffer {
  const salt = Buffer.concat([ephemeral, recipient]);
  return Buffer.from(hkdfSync('sha256', shared, salt, INFO, KEY_BYTES));
}

function nonceOf(index: number): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeBigUInt64BE(BigInt(index), NONCE_BYTES - 8);
  return nonce;
}

/** Seals the records of one file. The ephemeral private key is forgotten at once. */
export class CaptureSeal {
  readonly head: Buffer;
  readonly #key: Buffer;
  #index = 0;

  /** @param publicKey as {@link isCaptureKey} has found good */
  constructor(publicKey: string) {
    const recipient = Buffer.from(publicKey, 'base64');
    const own = generateKeyPairSync('x25519');
    const ephemeral = rawOf(own.publicKey);
    this.#key = fileKey(sharedWith(own.privateKey, recipient), ephemeral, recipient);
    this.head = Buffer.concat([MAGIC, recipient, ephemeral]);
  }

  seal(plain: Uint8Array): Buffer {
    return this.#sealed(plain, MORE);
  }

  /** Behind it there is nothing more. */
  end(): Buffer {
    return this.#sealed(new Uint8Array(0), LAST);
  }

  #sealed(plain: Uint8Array, place: Buffer): Buffer {
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonceOf(this.#index++));
    cipher.setAAD(place);
    const length = Buffer.alloc(LENGTH_BYTES);
    // GCM's ciphertext is as long as what it seals.
    length.writeUInt32BE(plain.byteLength + TAG_BYTES);
    return Buffer.concat([length, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }
}

export interface OpenedCapture {
  readonly records: readonly Buffer[];
  /** False: the end is missing. Whoever wrote it was killed, or it was cut. */
  readonly isWhole: boolean;
}

/**
 * @param privateKey PKCS #8 in PEM
 * @throws ServerError CAPTURE_KEY for a key that is none, or not this file's; CAPTURE_DAMAGED where a record is not what was written
 */
export function openCapture(file: Buffer, privateKey: string): OpenedCapture {
  const head = file.subarray(0, HEAD_BYTES);
  // What a process that was killed, or a full disk, leaves.
  if (head.byteLength < HEAD_BYTES && isBegun(head)) return { records: [], isWhole: false };
  if (head.byteLength < HEAD_BYTES || !head.subarray(0, MAGIC.byteLength).equals(MAGIC)) {
    throw new ServerError('CAPTURE_DAMAGED', { reason: 'it is no capture' });
  }
  const recipient = head.subarray(MAGIC.byteLength, MAGIC.byteLength + KEY_BYTES);
  const ephemeral = head.subarray(MAGIC.byteLength + KEY_BYTES);
  const own = privateKeyOf(privateKey);
  if (publicKeyOf(privateKey) !== recipient.toString('base64')) {
    throw new ServerError('CAPTURE_KEY', { reason: `it is for the key ${recipient.toString('base64')}` });
  }
  return openRecords(file, fileKey(sharedWith(own, ephemeral), ephemeral, recipient));
}

/** For whom a file is, as the configuration has it; null where that is not in it. */
export function recipientOf(file: Buffer): string | null {
  const end = MAGIC.byteLength + KEY_BYTES;
  const isCapture = file.byteLength >= end && isBegun(file.subarray(0, end));
  return isCapture ? file.subarray(MAGIC.byteLength, end).toString('base64') : null;
}

/** What the configuration has of a private key. @throws ServerError CAPTURE_KEY for a key that is none */
export const publicKeyOf = (privateKey: string): string =>
  rawOf(createPublicKey(privateKeyOf(privateKey))).toString('base64');

const isBegun = (head: Buffer): boolean =>
  head.subarray(0, MAGIC.byteLength).equals(MAGIC.subarray(0, head.byteLength));

function privateKeyOf(text: string): KeyObject {
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType === 'x25519') return key;
  } catch (cause) {
    // OpenSSL's words may hold a piece of what it read.
    throw new ServerError('CAPTURE_KEY', { reason: 'it is no private key in PEM' }, { cause });
  }
  throw new ServerError('CAPTURE_KEY', { reason: 'it is no key of X25519' });
}

function openRecords(file: Buffer, key: Buffer): OpenedCapture {
  const records: Buffer[] = [];
  let at = HEAD_BYTES;
  while (at + LENGTH_BYTES <= file.byteLength) {
    const length = file.readUInt32BE(at);
    if (length < TAG_BYTES || length > CAPTURE_LIMITS.recordBytesMax) throw damaged(records.length);
    const text = file.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length);
    // Half a record is what a process that was killed leaves.
    if (text.byteLength < length) return { records, isWhole: false };
    at += LENGTH_BYTES + length;
    const plain = opened(key, records.length, text, MORE);
    if (plain !== null) records.push(plain);
    else if (opened(key, records.length, text, LAST) !== null && at === file.byteLength) {
      return { records, isWhole: true };
    } else throw damaged(records.length);
  }
  return { records, isWhole: false };
}

/** Null where it is not what was sealed. */
function opened(key: Buffer, index: number, text: Buffer, place: Buffer): Buffer | null {
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(index));
  decipher.setAAD(place);
  decipher.setAuthTag(text.subarray(text.byteLength - TAG_BYTES));
  const plain = decipher.update(text.subarray(0, text.byteLength - TAG_BYTES));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    // What it says is that the tag is another.
    return null;
  }
}

const damaged = (index: number): ServerError =>
  new ServerError('CAPTURE_DAMAGED', { reason: `record ${index + 1} is not what was written` });
