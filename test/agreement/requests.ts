/** Requests that a proxy would hand on, and those that it should not: every kind of body, field, cookie and target. */
import type { HeaderList } from '../../packages/engine/src/index.ts';
import { anyBody, pairs } from './bodies.ts';
import { encoded, percentEncode } from './encodings.ts';
import { type Message, type MessageResponse, PLAIN_MESSAGE } from './message.ts';
import type { Random } from './random.ts';
import { anyName, anyText, anyWord, HEADER_NAMES } from './vocabulary.ts';

const METHODS = ['GET', 'POST', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'PROPFIND', 'evil', ''] as const;
const PROTOCOLS = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/2', 'HTTP/1.0', 'HTTP/3', 'evil'] as const;
const CLIENTS = [
  '192.0.2.1',
  '192.0.2.77',
  '203.0.113.9',
  '198.51.100.5',
  '2001:db8::1',
  '::ffff:192.0.2.7',
] as const;
const CHUNK_BYTES_MAX = 9;
const LARGE_ONE_IN = 150;

/** As rules write texts, or in one of the ways that a transformation turns back. */
const anyWriting = (random: Random): string =>
  random.oneIn(3) ? encoded(anyText(random), random).text : anyText(random);

export function anyMessage(random: Random): Message {
  if (random.oneIn(LARGE_ONE_IN)) return largeMessage(random);
  const { headers, body } = random.oneIn(3) ? { headers: [], body: '' } : anyBody(random, anyWriting);
  return {
    method: random.pick(METHODS),
    uri: anyTarget(random),
    protocol: random.pick(PROTOCOLS),
    headers: [...anyHeaders(random), ...headers],
    body,
    chunks: random.oneIn(3) ? random.many(0, 12, () => 1 + random.below(CHUNK_BYTES_MAX)) : [],
    truncated: random.oneIn(15),
    client: random.pick(CLIENTS),
    response: random.oneIn(3) ? anyResponse(random) : null,
  };
}

/** More values, longer ones and more matches than a scan's buffers first have room for. */
function largeMessage(random: Random): Message {
  const form = random.oneIn(2)
    ? random.many(260, 700, () => `${anyName(random)}=${percentEncode(anyWord(random))}`).join('&')
    : `a=${percentEncode(anyWord(random)).repeat(1 + random.below(20_000))}&b=evil`;
  return {
    ...PLAIN_MESSAGE,
    method: 'POST',
    uri: random.oneIn(3) ? `/shop?${form.slice(0, 4_000)}` : '/shop',
    headers: [['Content-Type', 'application/x-www-form-urlencoded']],
    body: form,
    chunks: random.oneIn(2) ? [random.below(form.length)] : [],
  };
}

function anyTarget(random: Random): string {
  const query = random.oneIn(4) ? '' : `?${pairs(random, anyWriting)}`;
  const path = (): string => random.many(0, 4, () => percentEncode(anyWriting(random))).join('/');
  switch (random.below(14)) {
    case 0:
      return `http://shop.example:8080/${path()}${query}`;
    case 1:
      return random.pick([
        '*',
        '',
        '/',
        '//',
        '?',
        '/?',
        '#',
        '/%',
        '/%zz?%',
        'shop.example:443',
        '/..;/a',
        '/a?b?c#d',
      ]);
    case 2:
      return anyWriting(random);
    case 3:
      return `/${anyWriting(random)}${query}`;
    case 4:
      return `//evil/${path()}${query}#fragment`;
    case 5:
      return `/a%3f${path()};p=1${query}`;
    default:
      return `/shop/${path()}${query}`;
  }
}

function anyHeaders(random: Random): HeaderList {
  const host = random.oneIn(8)
    ? []
    : [['Host', random.pick(['shop.example', 'shop.example:8080', '192.0.2.2'])] as const];
  const more = random.many(0, 4, (): readonly [string, string] => {
    const name = random.pick(HEADER_NAMES);
    if (name === 'Cookie') return [random.oneIn(4) ? 'cookie' : name, anyCookies(random)];
    if (name === 'Authorization') return [name, anyAuthorization(random)];
    return [random.oneIn(20) ? anyText(random) : name, anyWriting(random)];
  });
  return [...host, ...more];
}

function anyCookies(random: Random): string {
  const crumb = (): string => {
    const value = anyWriting(random);
    switch (random.below(6)) {
      case 0:
        return value;
      case 1:
        return `${anyName(random)}="${value}"`;
      case 2:
        return `$Version=1`;
      default:
        return `${anyName(random)}=${percentEncode(value)}`;
    }
  };
  return random.many(0, 4, crumb).join(random.pick(['; ', ';', ' ;  ', ', ']));
}

const anyAuthorization = (random: Random): string =>
  random.pick([
    `Basic ${Buffer.from(`${anyName(random)}:${anyText(random)}`, 'latin1').toString('base64')}`,
    `Bearer ${anyText(random)}`,
    anyText(random),
  ]);

const anyResponse = (random: Random): MessageResponse => ({
  status: random.pick([200, 200, 302, 404, 500, 101]),
  headers: random.many(0, 3, (): readonly [string, string] => [
    random.pick(['Content-Type', 'Content-Length', 'Set-Cookie', 'Location', 'X']),
    random.pick(['text/html', 'text/plain; charset=utf-8', 'application/json', '12', anyText(random)]),
  ]),
  body: random.oneIn(3) ? anyBody(random, anyWriting).body : anyWriting(random),
});
