/**
 * The decoding that base64Decode and base64DecodeExt share: RFC 4648 §4, incomplete groups give the bytes they hold.
 * Line ends within are left out, as RFC 2045 §6.8 has them.
 */
import { byteOutput, takeBytes } from './byte-output.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const sextets = new Int8Array(256).fill(-1);
for (let sextet = 0; sextet < ALPHABET.length; sextet++) sextets[ALPHABET.charCodeAt(sextet)] = sextet;

/**
 * Decodes `value`. At a byte outside of the alphabet (padding too, line ends not) it stops, or goes on where `skipInvalid` says so.
 */
export function decodeBase64(value: string, skipInvalid: boolean): string {
  const output = byteOutput(value.length);
  let count = 0;
  let bits = 0;
  let bitCount = 0;
  for (let index = 0; index < value.length; index++) {
    const sextet = sextets[value.charCodeAt(index)] ?? -1;
    if (sextet < 0) {
      if (skipInvalid || value[index] === '\r' || value[index] === '\n') continue;
      break;
    }
    bits = ((bits << 6) | sextet) & 0xffff;
    bitCount += 6;
    if (bitCount >= 8) {
      bitCount -= 8;
      output[count++] = (bits >> bitCount) & 0xff;
    }
  }
  return takeBytes(output, count);
}
