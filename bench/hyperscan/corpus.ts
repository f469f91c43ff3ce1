/** Values of web traffic, each different: a benchmark that scans one value again and again measures the branch predictor. */

const WORDS =
  'the of shop order item price page user name email address street select your account from list union square city ' +
  'drop shipping script writer sleep well document report and or 1 2 42 2026 token session lang en de product image ' +
  'search category sort asc desc limit offset id view admin index home help about contact news blog post comment';
const SEPARATORS = [' ', ' ', ' ', '+', '&', '=', '%20', ', ', '. ', '-', '/', '_', '\n', '":"'];
const ATTACKS = [
  "1' UNION SELECT password FROM users--",
  '<script>alert(document.cookie)</script>',
  '../../../../etc/passwd',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: an attack has this form
  '${jndi:ldap://x/a}',
  '; cat /etc/hosts',
  'backup.sql',
];

/** A generator of numbers below 2^32: the same ones in each run. */
function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Values of about `bytes` bytes, `total` bytes together; one in twenty holds an attack. */
export function corpusOf(bytes: number, total: number): readonly string[] {
  const next = xorshift(0x5eed + bytes);
  const words = WORDS.split(' ');
  const pick = (list: readonly string[]): string => list[next() % list.length] ?? '';
  const values: string[] = [];
  for (let size = 0; size < total; ) {
    const parts: string[] = [];
    const wanted = Math.ceil(bytes * (0.7 + (next() % 600) / 1000));
    for (let length = 0; length < wanted; ) {
      const part = pick(words) + pick(SEPARATORS);
      parts.push(part);
      length += part.length;
    }
    if (next() % 20 === 0) parts[next() % parts.length] = pick(ATTACKS);
    const value = parts.join('').slice(0, wanted);
    values.push(value);
    size += value.length;
  }
  return values;
}
