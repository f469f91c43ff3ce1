/**
 * A JSON text (RFC 8259) as a value, for operators that look at the whole of it. Stricter than JSON.parse where a workload
 * could read something else than what was looked at: no key twice in one object, no invalid UTF-8, a bound on nesting.
 */

/** Deeper than any body is read by default, and shallow enough for checks that call themselves. */
const DEPTH_MAX = 500;

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

export interface JsonDocument {
  readonly value: unknown;
  /** The size of a part of the document: characters of a string; one and what is in it for objects and arrays; else 1. */
  sizeOf(part: unknown): number;
}

/** The document, or why there is none. */
export function parseJsonDocument(bytes: string): JsonDocument | { readonly reason: string } {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes, 'latin1'));
  } catch {
    // Only bytes that are no UTF-8 fail here.
    return { reason: 'not UTF-8' };
  }
  // Nesting is bounded before anything is made of it.
  const fault = faultOf(text);
  if (fault !== null) return { reason: fault };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Where a text is no JSON is told by the processor of bodies.
    return { reason: 'not JSON' };
  }
  const sizes = new WeakMap<object, number>();
  measure(value, sizes);
  return { value, sizeOf: (part) => sizeOf(part, sizes) };
}

/** Nesting and keys, which are told by the tokens alone; what is no JSON is told later. */
function faultOf(text: string): string | null {
  /** Keys of the objects that are open; null for an array. */
  const open: (Set<string> | null)[] = [];
  let before = '';
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') open.push(token === '{' ? new Set() : null);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':' && before.startsWith('"')) {
      const key = keyOf(before);
      const keys = open.at(-1);
      if (keys?.has(key)) return 'a key twice in one object';
      keys?.add(key);
    }
    if (open.length > DEPTH_MAX) return `nested deeper than ${DEPTH_MAX}`;
    before = token;
  }
  return null;
}

/** A key without its escapes: `"\u0061"` is `"a"`. */
function keyOf(token: string): string {
  if (!token.includes('\\')) return token;
  try {
    return JSON.stringify(JSON.parse(token));
  } catch {
    // A malformed text is refused as a whole, later.
    return token;
  }
}

function measure(value: unknown, sizes: WeakMap<object, number>): number {
  if (typeof value !== 'object' || value === null) return sizeOf(value, sizes);
  let size = 1;
  for (const [key, part] of Object.entries(value)) size += key.length + measure(part, sizes);
  sizes.set(value, size);
  return size;
}

function sizeOf(part: unknown, sizes: WeakMap<object, number>): number {
  if (typeof part === 'string') return part.length + 1;
  return typeof part === 'object' && part !== null ? (sizes.get(part) ?? 1) : 1;
}
