/**
 * A fault of V8's JSON.parse (nodejs/node#63785, open in Node 24 and 26): where an object before had the same keys so far and
 * then one with a backslash, a key with escapes is compared as it is written, cut to its decoded length. Behind
 * `{"a":1,"\\":2}` the second key of `{"a":1,"\n":2}` is read as `\`.
 */
import { fromText } from '../../packages/engine/src/bytes.ts';
import { skeleton } from './law.ts';

interface Misread {
  readonly decoded: string;
  readonly misread: string;
}

/** Strings of JSON before a colon, with an escape. */
const ESCAPED_KEY = /"([^"\\]*\\(?:[^"\\]|\\.)*)"\s*:/gs;

function decodedOf(written: string): string | null {
  try {
    // A string alone is no key, and read as it stands.
    const decoded: unknown = JSON.parse(`"${written}"`);
    return typeof decoded === 'string' ? decoded : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function misreadKeys(text: string): readonly Misread[] {
  return [...text.matchAll(ESCAPED_KEY)].flatMap(([, written = '']) => {
    const decoded = decodedOf(written);
    if (decoded === null) return [];
    const misread = written.slice(0, decoded.length);
    return [{ decoded: skeleton(fromText(decoded)), misread: skeleton(fromText(misread)) }];
  });
}

/**
 * Whether `name` is `shown` with keys of the document misread, one at least.
 *
 * @param name as V8 has it, `json.a.\`
 * @param shown the name as it is
 * @param body the document, its UTF-8 one byte a character
 */
export function isMisread(name: string, shown: string, body: string): boolean {
  const keys = misreadKeys(Buffer.from(body, 'latin1').toString('utf8'));
  const reaches = (theirs: string, ours: string, some: boolean): boolean => {
    if (theirs === '' || ours === '') return some && theirs === ours;
    if (theirs[0] !== ours[0]) return false;
    if (reaches(theirs.slice(1), ours.slice(1), some)) return true;
    return keys.some(({ decoded, misread }) => {
      const [before, after] = [`.${misread}`, `.${decoded}`];
      if (!theirs.startsWith(before) || !ours.startsWith(after)) return false;
      return reaches(theirs.slice(before.length), ours.slice(after.length), true);
    });
  };
  return reaches(skeleton(name), skeleton(shown), false);
}
