/** Entity references: the five predefined ones and character numbers are decoded, any other stays as it is. */
import { encodeUtf8 } from './utf8.ts';

const PREDEFINED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** After `&`: a decimal number, a hexadecimal one, or a name. */
const REFERENCE = /(?:#([0-9]+)|#x([0-9a-fA-F]+)|([A-Za-z_:\x80-\xff][-.\w:\x80-\xff]*));/y;

export type Decoded =
  /** `custom`: it refers to an entity that XML itself does not have. */
  | { readonly ok: true; readonly value: string; readonly custom: boolean }
  /** `at`: index of the `&` that begins no reference, or one to a character that XML does not have. */
  | { readonly ok: false; readonly at: number };

/** XML 1.0 production [2] Char. */
const isXmlChar = (codePoint: number): boolean =>
  codePoint >= 0x20
    ? codePoint <= 0xd7ff ||
      (codePoint >= 0xe000 && codePoint <= 0xfffd) ||
      (codePoint >= 0x10000 && codePoint <= 0x10ffff)
    : codePoint === 0x09 || codePoint === 0x0a || codePoint === 0x0d;

/** Decodes the references of a run of text or of an attribute's value. */
export function decodeReferences(raw: string): Decoded {
  let at = raw.indexOf('&');
  if (at < 0) return { ok: true, value: raw, custom: false };
  let value = '';
  let copied = 0;
  let custom = false;
  for (; at >= 0; at = raw.indexOf('&', copied)) {
    REFERENCE.lastIndex = at + 1;
    const match = REFERENCE.exec(raw);
    if (match === null) return { ok: false, at };
    value += raw.slice(copied, at);
    copied = REFERENCE.lastIndex;
    const [whole, decimal, hexadecimal, name] = match;
    if (name !== undefined) {
      // A custom entity is not expanded: expansion is what makes a small document a huge one.
      const known = Object.hasOwn(PREDEFINED, name);
      custom ||= !known;
      value += known ? PREDEFINED[name] : `&${whole}`;
      continue;
    }
    const codePoint = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
    if (!isXmlChar(codePoint)) return { ok: false, at };
    value += encodeUtf8(codePoint);
  }
  return { ok: true, value: value + raw.slice(copied), custom };
}
