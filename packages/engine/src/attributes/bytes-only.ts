/**
 * Attributes hold one byte a character. A character beyond U+00FF is no byte: half of it would be judged, and the workload
 * would get the other half. Engines of today know of a string that all of it is one byte a character, so asking costs as
 * much as a look at its head.
 */
import { EngineError } from '../errors.ts';
import type { HttpRequestAttributes, HttpResponseAttributes } from './http-attributes.ts';

const NO_BYTE = /[^\x00-\xff]/;

/**
 * @param hasKnownNames whether the names of the headers are known to be bytes
 * @throws EngineError ATTRIBUTES_NOT_BYTES that names the part
 */
export function requireBytes(
  attributes: HttpRequestAttributes | HttpResponseAttributes,
  hasKnownNames = false,
): void {
  if ('uri' in attributes) {
    check('the id', attributes.id);
    check("the client's address", attributes.client.address);
    check("the server's address", attributes.server.address);
    check('the method', attributes.method);
    check('the request target', attributes.uri);
  }
  check('the protocol', attributes.protocol);
  const { headers } = attributes;
  for (let at = 0; at < headers.length; at++) {
    const header = headers[at];
    if (header === undefined) continue;
    if ((!hasKnownNames && NO_BYTE.test(header[0])) || NO_BYTE.test(header[1])) {
      throw new EngineError('ATTRIBUTES_NOT_BYTES', { what: `header ${at + 1}` });
    }
  }
}

export const areBytes = (texts: readonly string[]): boolean => !texts.some((text) => NO_BYTE.test(text));

function check(what: string, value: string): void {
  if (NO_BYTE.test(value)) throw new EngineError('ATTRIBUTES_NOT_BYTES', { what });
}
