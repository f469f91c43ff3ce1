/** Places of a request that carry a payload, whole or in pieces. */
import { jsonText, xmlText } from './bodies.ts';
import { percentEncode } from './encodings.ts';
import { type Message, PLAIN_MESSAGE } from './message.ts';
import type { Random } from './random.ts';
import { PLAIN_NAMES } from './vocabulary.ts';

export interface Carrier {
  readonly name: string;
  carry(payload: string, random: Random): Message;
}

/** What a browser sends, so that rules about its absence do not match each time. */
const BROWSER = [
  ['Host', 'shop.example'],
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/130.0'],
  ['Accept', 'text/html,*/*;q=0.8'],
] as const;

const get = (uri: string, headers: Message['headers'] = []): Message => ({
  ...PLAIN_MESSAGE,
  uri,
  headers: [...BROWSER, ...headers],
});

const post = (mediaType: string, body: string): Message => ({
  ...PLAIN_MESSAGE,
  method: 'POST',
  uri: '/shop',
  headers: [...BROWSER, ['Content-Type', mediaType], ['Content-Length', String(body.length)]],
  body,
});

/** Two to four pieces, cut anywhere. */
function pieces(payload: string, random: Random): readonly string[] {
  const cuts = random.many(1, 3, () => random.below(payload.length + 1)).sort((a, b) => a - b);
  return [0, ...cuts].map((from, index) => payload.slice(from, cuts[index] ?? payload.length));
}

/** What a name in a header of a part cannot hold. */
const partName = (text: string): string => text.replace(/["\r\n]/g, '_');

const part = (disposition: string, content: string): string =>
  `--sluice\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`;

const multipart = (parts: readonly string[]): Message =>
  post('multipart/form-data; boundary=sluice', `${parts.join('')}--sluice--\r\n`);

const form = (pairs: readonly string[]): Message =>
  post('application/x-www-form-urlencoded', pairs.join('&'));

/** A field's value ends at the line's end. */
const fieldText = (text: string): string => text.replace(/[\r\n\0]/g, ' ');

export const CARRIERS: readonly Carrier[] = [
  { name: 'query', carry: (text) => get(`/shop?a=${percentEncode(text)}`) },
  { name: 'query', carry: (text) => get(`/shop?a=${percentEncode(text)}&b=1`) },
  { name: 'rawQuery', carry: (text) => get(`/shop?a=${text.replace(/[\0-\x20]/g, '+')}`) },
  { name: 'queryName', carry: (text) => get(`/shop?${percentEncode(text)}=1`) },
  {
    name: 'queryPieces',
    carry: (text, random) =>
      get(
        `/shop?${pieces(text, random)
          .map((piece) => `a=${percentEncode(piece)}`)
          .join('&')}`,
      ),
  },
  {
    name: 'queryAndForm',
    carry: (text, random) => {
      const [first = '', ...rest] = pieces(text, random);
      return {
        ...form(rest.map((piece) => `a=${percentEncode(piece)}`)),
        uri: `/shop?a=${percentEncode(first)}`,
      };
    },
  },
  { name: 'form', carry: (text) => form([`a=${percentEncode(text).replaceAll('%20', '+')}`]) },
  { name: 'rawForm', carry: (text) => form([`a=${text}`]) },
  {
    name: 'formPieces',
    carry: (text, random) =>
      form(pieces(text, random).map((piece) => `${random.pick(PLAIN_NAMES)}=${percentEncode(piece)}`)),
  },
  { name: 'json', carry: (text) => post('application/json', `{"a":${JSON.stringify(text)},"b":[1,null]}`) },
  { name: 'jsonName', carry: (text) => post('application/json', `{${JSON.stringify(text)}:{"c":"d"}}`) },
  { name: 'rawJson', carry: (text) => post('application/json', text) },
  {
    name: 'jsonPieces',
    carry: (text, random) =>
      post(
        'application/json',
        `{"a":[${pieces(text, random)
          .map((piece) => jsonText(random, piece))
          .join(',')}]}`,
      ),
  },
  { name: 'multipart', carry: (text) => multipart([part('name="a"', text)]) },
  { name: 'multipartName', carry: (text) => multipart([part(`name="${partName(text)}"`, '1')]) },
  {
    name: 'multipartFile',
    carry: (text) => multipart([part(`name="f"; filename="${partName(text)}"`, text), part('name="a"', '1')]),
  },
  {
    name: 'multipartPieces',
    carry: (text, random) => multipart(pieces(text, random).map((piece) => part('name="a"', piece))),
  },
  {
    name: 'xml',
    carry: (text) =>
      post('text/xml', `<?xml version="1.0"?><r><a b="${xmlText(text)}">${xmlText(text)}</a></r>`),
  },
  { name: 'rawXml', carry: (text) => post('application/xml', `<r>${text}</r>`) },
  {
    name: 'xmlPieces',
    carry: (text, random) =>
      post(
        'text/xml',
        `<r>${pieces(text, random)
          .map((piece) => `<a>${xmlText(piece)}</a>`)
          .join('')}</r>`,
      ),
  },
  { name: 'plainBody', carry: (text) => post('text/plain', text) },
  { name: 'cookie', carry: (text) => get('/shop', [['Cookie', `a=${fieldText(text)}`]]) },
  {
    name: 'cookieEncoded',
    carry: (text) => get('/shop', [['Cookie', `s=1; a=${percentEncode(text)}; t=2`]]),
  },
  { name: 'cookieName', carry: (text) => get('/shop', [['Cookie', `${fieldText(text)}=1`]]) },
  {
    name: 'cookiePieces',
    carry: (text, random) =>
      get(
        '/shop',
        pieces(text, random).map((piece) => ['Cookie', `a=${fieldText(piece)}`] as const),
      ),
  },
  {
    name: 'userAgent',
    carry: (text) => ({
      ...get('/shop'),
      headers: [
        ['Host', 'shop.example'],
        ['User-Agent', fieldText(text)],
      ],
    }),
  },
  { name: 'referer', carry: (text) => get('/shop', [['Referer', `https://x/?${fieldText(text)}`]]) },
  { name: 'field', carry: (text) => get('/shop', [['X-Test', fieldText(text)]]) },
  {
    name: 'fieldName',
    carry: (text) => get('/shop', [[fieldText(text).replace(/[:\s]/g, '-') || 'X', '1']]),
  },
  { name: 'host', carry: (text) => ({ ...get('/shop'), headers: [['Host', fieldText(text)]] }) },
  { name: 'path', carry: (text) => get(`/shop/${percentEncode(text)}`) },
  { name: 'rawPath', carry: (text) => get(`/${text.replace(/[\0-\x20]/g, '%20')}`) },
  { name: 'contentType', carry: (text) => post(fieldText(text), `a=${percentEncode(text)}`) },
  { name: 'method', carry: (text) => ({ ...get('/shop'), method: fieldText(text).replace(/\s.*$/, '') }) },
  {
    name: 'response',
    carry: (text, random) => ({
      ...get('/shop'),
      response: {
        status: random.pick([200, 403, 500]),
        headers: [
          ['Content-Type', random.pick(['text/html', 'text/plain'])],
          ['X-Test', fieldText(text)],
        ],
        body: `<html>${text}</html>`,
      },
    }),
  },
];
