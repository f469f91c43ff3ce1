/**
 * The media type that the suite's backend gives a body without one, by the body's first bytes (the WHATWG's MIME
 * Sniffing, as far as text goes): response rules inspect only some types, so a body must get the one it would get.
 */

const SNIFFED_BYTES = 512;
const BLANKS = /^[\t\n\f\r ]*/;
const HTML_TAG =
  /^<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|!--)(?=[ >])/i;
const BINARY = /[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]/;
const MAGIC: readonly (readonly [prefix: string, type: string])[] = [
  ['%PDF-', 'application/pdf'],
  ['%!PS-Adobe-', 'application/postscript'],
  ['\xfe\xff', 'text/plain; charset=utf-16be'],
  ['\xff\xfe', 'text/plain; charset=utf-16le'],
  ['\xef\xbb\xbf', 'text/plain; charset=utf-8'],
  ['GIF87a', 'image/gif'],
  ['GIF89a', 'image/gif'],
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['\xff\xd8\xff', 'image/jpeg'],
  ['PK\x03\x04', 'application/zip'],
  ['\x1f\x8b\x08', 'application/x-gzip'],
];

/** @param body one byte a character */
export function sniffMediaType(body: string): string {
  const head = body.slice(0, SNIFFED_BYTES);
  const text = head.replace(BLANKS, '');
  if (HTML_TAG.test(text)) return 'text/html; charset=utf-8';
  if (text.startsWith('<?xml')) return 'text/xml; charset=utf-8';
  for (const [prefix, type] of MAGIC) if (head.startsWith(prefix)) return type;
  return BINARY.test(head) ? 'application/octet-stream' : 'text/plain; charset=utf-8';
}
