/**
 * Charsets in which ASCII letters are other bytes: a workload that reads a form or JSON by them sees other arguments than
 * stand in the bytes. Such bodies are not transcoded; they cannot be inspected.
 */
import { asciiLower } from '../bytes.ts';

const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*(?:"([^"]*)"|([^\s;"]*))/gi;
const MENTIONED = /charset/i;

/** UTF-7, UTF-16, UTF-32 with their other names, EBCDIC code pages, and charsets that switch by escapes. */
const FOREIGN =
  /^(?:(?:cs)?(?:unicode|utf[-_]?(?:7|16|32)|ucs[-_]?[24]|iso[-_]?10646|ibm[-_]?\d|ebcdic|hz\b|iso[-_]?2022)|x-?ebcdic|(?:cp[-_]?)?(?:037|273|277|278|280|284|285|297|420|424|500|870|871|875|880|905|918|1025|1026|1047|1140)$)/;

/** The charset that a Content-Type names and in which ASCII text is not ASCII bytes, or null. Each `charset` counts. */
export function foreignCharset(contentType: string): string | null {
  if (!MENTIONED.test(contentType)) return null;
  for (const [, quoted, plain] of contentType.matchAll(CHARSET)) {
    const name = asciiLower(quoted ?? plain ?? '').trim();
    if (FOREIGN.test(name)) return name;
  }
  return null;
}

/** The byte order mark of UTF-16 or UTF-32 that a body begins with, by its charset's name, or null. */
export function foreignMark(body: ArrayLike<number>): string | null {
  const first = body[0];
  if (first !== 0 && first !== 0xff && first !== 0xfe) return null;
  const second = body[1];
  const third = body[2];
  const fourth = body[3];
  if (first === 0xff && second === 0xfe) return third === 0 && fourth === 0 ? 'utf-32le' : 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return first === 0 && second === 0 && third === 0xfe && fourth === 0xff ? 'utf-32be' : null;
}
