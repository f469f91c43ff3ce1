/** Values are latin1 strings, one byte a character. */

/** Text as people write it to a value: its UTF-8 bytes, one a character. */
export const fromText = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

export const toBytes = (value: string): Uint8Array => Buffer.from(value, 'latin1');

export const fromBytes = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
