/** Other forms of traffic: other body formats, long and many values, other languages. */
import type { Random } from '../random.ts';
import type { BenchCase } from './case.ts';
import { browserHeaders, FORM, get, post } from './headers.ts';
import {
  CITIES,
  ENGLISH,
  email,
  encode,
  FIRST_NAMES,
  GERMAN,
  JAPANESE,
  LAST_NAMES,
  PRODUCTS,
  prose,
} from './words.ts';

const MULTIPART: BenchCase = {
  name: 'multipart',
  about: 'upload of 20 KB with 3 fields',
  verdict: 'allow',
  make: (random) => {
    const boundary = `----form${random.letters(16)}`;
    const field = (name: string, value: string) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const file = `--${boundary}\r\nContent-Disposition: form-data; name="picture"; filename="photo${random.between(1, 9999)}.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`;
    const body = Buffer.concat([
      Buffer.from(
        field('title', prose(random, ENGLISH, 40)) +
          field('album', random.pick(CITIES)) +
          field('token', random.hex(32)) +
          file,
      ),
      random.bytes(20_000),
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    return post('/photos', browserHeaders(random), `multipart/form-data; boundary=${boundary}`, body);
  },
};

const XML: BenchCase = {
  name: 'xml',
  about: 'XML of 2 KB',
  verdict: 'allow',
  make: (random) => {
    const items = Array.from({ length: 12 }, () => {
      const name = random.pick(PRODUCTS);
      return `<item sku="${random.letters(8)}"><name>${name}</name><quantity>${random.between(1, 9)}</quantity><note>${prose(random, ENGLISH, 40)}</note></item>`;
    });
    const body = `<?xml version="1.0" encoding="UTF-8"?>\n<order id="${random.uuid()}"><customer>${email(random)}</customer>${items.join('')}</order>`;
    return post('/api/orders.xml', browserHeaders(random), 'text/xml', body);
  },
};

const GRAPHQL: BenchCase = {
  name: 'graphql',
  about: 'GraphQL query in JSON',
  verdict: 'allow',
  make: (random) => {
    const product = `${random.pick(PRODUCTS)}-${random.letters(8)}`;
    const query =
      `query Product { product(slug: "${product}") { title price { amount currency } ` +
      `reviews(count: ${random.between(1, 50)}) { author rating text } } }`;
    const extensions = { trace: random.uuid(), note: prose(random, ENGLISH, 60) };
    const body = JSON.stringify({ operationName: 'Product', query, extensions });
    return post('/graphql', browserHeaders(random), 'application/json', body);
  },
};

const COOKIES: BenchCase = {
  name: 'cookies50',
  about: 'GET with 50 cookies',
  verdict: 'allow',
  make: (random) => {
    const cookies = Array.from(
      { length: 50 },
      (_, index) => `c${index}=${random.letters(random.between(8, 40))}`,
    );
    return get(`/account?tab=${random.letters(6)}`, browserHeaders(random, cookies.join('; ')));
  },
};

const LONG_URL: BenchCase = {
  name: 'longurl',
  about: 'GET with 60 arguments in 4 KB',
  verdict: 'allow',
  make: (random) => {
    const pairs = Array.from(
      { length: 60 },
      (_, index) => `filter${index}=${encode(prose(random, ENGLISH, 55))}`,
    );
    return get(`/search?${pairs.join('&')}`, browserHeaders(random));
  },
};

/** Of the form of a JSON Web Token: the first two parts are base64 of JSON objects. */
const token = (random: Random): string =>
  `eyJ${random.base64Url(33)}.eyJ${random.base64Url(597)}.${random.base64Url(86)}`;

const TOKENS: BenchCase = {
  name: 'tokens',
  about: 'bearer token, form with base64',
  verdict: 'allow',
  make: (random) => {
    const headers = [...browserHeaders(random), ['Authorization', `Bearer ${token(random)}`] as const];
    return post(
      '/oauth/exchange',
      headers,
      FORM,
      `grant=refresh&state=st${random.base64Url(62)}&assertion=${token(random)}`,
    );
  },
};

const languageCase = (name: string, about: string, words: typeof GERMAN): BenchCase => ({
  name,
  about,
  verdict: 'allow',
  make: (random) => {
    const author = `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`;
    const fields = { author, title: prose(random, words, 40), text: prose(random, words, 2_000) };
    const body = Object.entries(fields).map(([field, value]) => `${field}=${encode(value)}`);
    return post('/reviews', browserHeaders(random), FORM, body.join('&'));
  },
});

/** Protobuf's fields 1 to 3: a string, a number, a message with two strings; then gRPC's prefix of five bytes. */
const GRPC: BenchCase = {
  name: 'grpc',
  about: 'gRPC call of 500 bytes',
  verdict: 'allow',
  differs: {
    contenders: ['coraza', 'corazaPrefilter'],
    reason: 'Coraza takes a body of an unknown type for a form, and denies its bytes (920270)',
  },
  make: (random) => {
    const text = (field: number, value: Buffer) =>
      Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(value.length)]), value]);
    const inner = Buffer.concat([
      text(1, Buffer.from(email(random))),
      text(2, Buffer.from(prose(random, ENGLISH, 400))),
    ]);
    const message = Buffer.concat([
      text(1, Buffer.from(random.uuid())),
      Buffer.from([0x10, ...varint(random.between(1, 1e6))]),
      text(3, inner),
    ]);
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.length, 1);
    const headers = [...browserHeaders(random), ['TE', 'trailers'] as const];
    const body = Buffer.concat([prefix, message]);
    return { ...post('/shop.Reviews/Add', headers, 'application/grpc', body), protocol: 'HTTP/2' };
  },
};

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

export const VARIED_CASES: readonly BenchCase[] = [
  MULTIPART,
  XML,
  GRAPHQL,
  COOKIES,
  LONG_URL,
  TOKENS,
  languageCase('german', 'review of 2 KB in German', GERMAN),
  languageCase('japanese', 'review of 2 KB in Japanese', JAPANESE),
  GRPC,
];
