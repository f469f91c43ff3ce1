/** The inside of one tag, from after `<` to before `>`. */
import type { XmlAttribute } from './xml-namespaces.ts';
import { decodeReferences } from './xml-references.ts';

const NAME = /[^-.0-9\x00-\x20/>=<"'&?!][^\x00-\x20/>=<"'&?!]*/y;
const BLANKS = /[ \t\r\n]*/y;
const EQUALS = /[ \t\r\n]*=[ \t\r\n]*/y;
/** Characters that XML 1.0 does not have: NUL is also what UTF-16 without a mark looks like. */
export const FORBIDDEN_CHARACTER = /[\x00-\x08\x0b\x0c\x0e-\x1f]/;

export type XmlTag =
  | { readonly kind: 'close'; readonly name: string }
  | {
      readonly kind: 'open';
      readonly name: string;
      readonly selfClosing: boolean;
      /** In order. */
      readonly attributes: readonly XmlAttribute[];
      /** An attribute refers to an entity that XML itself does not have. */
      readonly custom: boolean;
    }
  | { readonly kind: 'bad'; readonly reason: string; readonly at: number };

/** Matches a sticky pattern at `at`; returns what it matched, or undefined. */
function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

const bad = (reason: string, at: number): XmlTag => ({ kind: 'bad', reason, at });

/** Parses a tag. `at` in the result counts from the tag's first byte after `<`. */
export function parseXmlTag(tag: string): XmlTag {
  const forbidden = FORBIDDEN_CHARACTER.exec(tag);
  if (forbidden !== null) return bad('a character that XML forbids', forbidden.index);
  return tag.startsWith('/') ? parseClosing(tag) : parseOpening(tag);
}

function parseClosing(tag: string): XmlTag {
  const name = matchAt(NAME, tag, 1);
  if (name === undefined) return bad('an end tag without a name', 1);
  const end = 1 + name.length;
  const blanks = matchAt(BLANKS, tag, end) ?? '';
  if (end + blanks.length < tag.length) return bad('an end tag with more than a name', end);
  return { kind: 'close', name };
}

function parseOpening(tag: string): XmlTag {
  const name = matchAt(NAME, tag, 0);
  if (name === undefined) return bad('a tag without a name', 0);
  const selfClosing = tag.endsWith('/');
  const end = selfClosing ? tag.length - 1 : tag.length;
  const attributes: XmlAttribute[] = [];
  const seen = new Set<string>();
  let custom = false;
  for (let at = name.length; ; ) {
    const blanks = matchAt(BLANKS, tag, at) ?? '';
    const start = at + blanks.length;
    if (start >= end) return { kind: 'open', name, selfClosing, attributes, custom };
    const attribute = blanks === '' ? undefined : matchAt(NAME, tag, start);
    if (attribute === undefined) return bad('neither an attribute nor the end of a tag', start);
    if (seen.has(attribute)) return bad('an attribute twice in one tag', start);
    seen.add(attribute);

    const equals = matchAt(EQUALS, tag, start + attribute.length);
    if (equals === undefined) return bad('an attribute without a value', start);
    const open = start + attribute.length + equals.length;
    const quote = tag[open];
    if (quote !== '"' && quote !== "'") return bad('an attribute without quotes', open);
    const close = tag.indexOf(quote, open + 1);
    if (close < 0 || close >= end) return bad('an attribute without its closing quote', open);

    const raw = tag.slice(open + 1, close);
    if (raw.includes('<')) return bad('a < in an attribute', open);
    const decoded = decodeReferences(raw);
    if (!decoded.ok) return bad('a malformed reference', open + 1 + decoded.at);
    attributes.push({ name: attribute, value: decoded.value });
    custom ||= decoded.custom;
    at = close + 1;
  }
}
