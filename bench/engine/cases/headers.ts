/** The headers of browsers, and requests made of them. */
import type { Random } from '../random.ts';
import type { BenchRequest } from '../request.ts';
import { CATEGORIES } from './words.ts';

export type Header = readonly [name: string, value: string];

const SYSTEMS = [
  'X11; Linux x86_64',
  'Windows NT 10.0; Win64; x64',
  'Macintosh; Intel Mac OS X 10_15_7',
] as const;

const userAgent = (random: Random): string => {
  const version = `${random.between(110, 142)}.${random.below(10)}.${random.between(1000, 9999)}.${random.below(200)}`;
  const system = random.pick(SYSTEMS);
  return `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version} Safari/537.36`;
};

const LANGUAGES = [
  'en-US,en;q=0.9',
  'de-DE,de;q=0.9,en;q=0.7',
  'fr-FR,fr;q=0.8,en;q=0.5',
  'ja,en;q=0.6',
] as const;

/** Eight headers, all of which vary but Host, Accept and Connection. */
export function browserHeaders(random: Random, cookie = sessionCookie(random)): readonly Header[] {
  return [
    ['Host', 'shop.example'],
    ['User-Agent', userAgent(random)],
    ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
    ['Accept-Language', random.pick(LANGUAGES)],
    ['Accept-Encoding', 'gzip, deflate, br'],
    ['Referer', `https://shop.example/${random.pick(CATEGORIES)}/${random.letters(8)}`],
    ['Connection', 'keep-alive'],
    ['Cookie', cookie],
  ];
}

const sessionCookie = (random: Random): string =>
  `session=${random.hex(32)}; theme=${random.pick(['light', 'dark'])}; visited=${random.between(1, 99_999)}`;

export const get = (uri: string, headers: readonly Header[]): BenchRequest => ({
  method: 'GET',
  uri,
  protocol: 'HTTP/1.1',
  headers,
  body: new Uint8Array(),
});

/** @param body text is sent as UTF-8 */
export function post(
  uri: string,
  headers: readonly Header[],
  contentType: string,
  body: string | Uint8Array,
): BenchRequest {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const entity: Header[] = [
    ['Content-Type', contentType],
    ['Content-Length', String(bytes.length)],
  ];
  return { method: 'POST', uri, protocol: 'HTTP/1.1', headers: [...headers, ...entity], body: bytes };
}

export const FORM = 'application/x-www-form-urlencoded';
