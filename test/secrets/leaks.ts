/** Looks for a secret, or a part of one, in a text, whatever the text is written in. */

/** So many characters of a secret that follow one another are a leak. */
const PART_CHARACTERS = 8;

const unescapeUrl = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
const unescapeScript = (text: string): string =>
  text.replace(/\\u([0-9a-f]{4})|\\x([0-9a-f]{2})/gi, (_, four = '', two = '') =>
    String.fromCharCode(Number.parseInt(four || two, 16)),
  );
const fromHex = (text: string): string =>
  [...text.matchAll(/(?:[0-9a-f]{2}){8,}/gi)]
    .map(([run]) => Buffer.from(run, 'hex').toString('latin1'))
    .join(' ');
const fromBase64 = (text: string): string =>
  [...text.matchAll(/[a-z0-9+/_-]{11,}/gi)]
    // From each of four places: what stands in front of it may have joined it.
    .flatMap(([run]) => [0, 1, 2, 3].map((from) => Buffer.from(run.slice(from), 'base64').toString('latin1')))
    .join(' ');

/** The text as it may be read. */
function* readings(text: string): Generator<string> {
  yield text;
  const once = unescapeUrl(text);
  yield once;
  yield unescapeUrl(once);
  yield unescapeUrl(unescapeUrl(once));
  yield unescapeScript(text);
  yield unescapeUrl(unescapeScript(text));
  yield fromHex(text);
  yield fromBase64(text);
}

/** Parts of the secret that the text shows. */
export function leaksOf(text: string, secret: string): readonly string[] {
  const wanted = secret.toLowerCase();
  const parts: string[] = [];
  for (let at = 0; at + PART_CHARACTERS <= wanted.length; at++)
    parts.push(wanted.slice(at, at + PART_CHARACTERS));
  const found = new Set<string>();
  for (const reading of readings(text)) {
    const lower = reading.toLowerCase();
    for (const part of parts) if (lower.includes(part)) found.add(part);
  }
  return [...found];
}
