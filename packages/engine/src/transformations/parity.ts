/** The parity that the three parity transformations share. */
import { byteOutput, takeBytes } from './byte-output.ts';

/** Bit n is the parity of the number n, for n from 0 to 15. */
const NIBBLE_PARITY = 0x6996;

const isOdd = (byte: number): boolean => ((NIBBLE_PARITY >> ((byte ^ (byte >> 4)) & 0x0f)) & 1) === 1;

/**
 * Sets or clears the top bit of each byte. As in ModSecurity 2, the parity counted is that of all eight bits, so that a
 * byte with its top bit set already keeps it where its parity asks for the bit.
 */
export function withParity(value: string, setWhereOdd: boolean): string {
  const output = byteOutput(value.length);
  let changed = false;
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    const byte = isOdd(code) === setWhereOdd ? code | 0x80 : code & 0x7f;
    changed ||= byte !== code;
    output[index] = byte;
  }
  return changed ? takeBytes(output, value.length) : value;
}
