/** The five cases that every run has, and that others who measure such engines have too. */
import type { Random } from '../random.ts';
import type { BenchCase } from './case.ts';
import { browserHeaders, FORM, get, post } from './headers.ts';
import {
  CATEGORIES,
  CITIES,
  ENGLISH,
  email,
  encode,
  FIRST_NAMES,
  LAST_NAMES,
  PRODUCTS,
  prose,
} from './words.ts';

const GET: BenchCase = {
  name: 'get',
  about: 'GET, 8 headers, 4 arguments',
  verdict: 'allow',
  make: (random, index) => {
    const query = `category=${random.pick(CATEGORIES)}&colour=${random.letters(6)}&page=${random.between(1, 400)}`;
    return get(
      `/products/list?${query}&q=${encode(prose(random, ENGLISH, 24))}+${index}`,
      browserHeaders(random),
    );
  },
};

const LOGIN: BenchCase = {
  name: 'form',
  about: 'login form',
  verdict: 'allow',
  make: (random) => {
    const fields = `email=${encode(email(random))}&password=${random.letters(14)}&remember=on&csrf=${random.hex(32)}`;
    return post('/account/login', browserHeaders(random), FORM, fields);
  },
};

const orderLine = (random: Random): unknown => ({
  sku: `${random.letters(4)}-${random.between(10_000, 99_999)}`,
  name: random.pick(PRODUCTS),
  quantity: random.between(1, 9),
  price: random.between(100, 99_999) / 100,
  gift: random.below(2) === 0,
});

const address = (random: Random): unknown => ({
  name: `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`,
  street: `${random.pick(LAST_NAMES)} Road ${random.between(1, 300)}`,
  city: random.pick(CITIES),
  postcode: String(random.between(10_000, 99_999)),
  country: random.pick(['DE', 'FR', 'GB', 'JP', 'US']),
});

const JSON_BYTES = 1_400;

const JSON_ORDER: BenchCase = {
  name: 'json',
  about: 'JSON of 1.4 KB',
  verdict: 'allow',
  make: (random) => {
    const order = {
      order: random.uuid(),
      customer: { id: random.between(1, 1e9), email: email(random), newsletter: random.below(2) === 0 },
      billing: address(random),
      shipping: address(random),
      items: Array.from({ length: 6 }, () => orderLine(random)),
      comment: '',
    };
    const missing = JSON_BYTES - JSON.stringify(order).length;
    const body = JSON.stringify({ ...order, comment: prose(random, ENGLISH, missing) });
    return post('/api/orders', browserHeaders(random), 'application/json', body);
  },
};

const INJECTIONS = [
  (random: Random) =>
    `${random.between(1, 999)}' UNION SELECT username, password FROM users WHERE id=${random.between(1, 99)}-- `,
  (random: Random) => `${random.letters(6)}' OR '${random.between(1, 9)}'='${random.between(1, 9)}' -- `,
  (random: Random) => `${random.between(1, 999)}; DROP TABLE ${random.letters(8)};-- `,
  (random: Random) =>
    `${random.between(1, 999)} AND (SELECT ${random.between(1, 999)} FROM (SELECT(SLEEP(${random.between(3, 9)})))${random.letters(4)})`,
  (random: Random) =>
    `${random.letters(5)}' AND EXTRACTVALUE(${random.between(1, 999)},CONCAT(0x7e,(SELECT version())))-- `,
] as const;

const SQLI: BenchCase = {
  name: 'sqli',
  about: 'SQL injection in a query',
  verdict: 'deny',
  make: (random) => {
    const attack = encode(random.pick(INJECTIONS)(random));
    return get(`/products/list?id=${attack}&page=${random.between(1, 99_999)}`, browserHeaders(random));
  },
};

/** A form with one long text, as of a forum or an editor. */
export const textCase = (name: string, bytes: number, about: string): BenchCase => ({
  name,
  about,
  verdict: 'allow',
  make: (random, index) => {
    const head = `title=${encode(prose(random, ENGLISH, 20))}+${index}&text=`;
    // Blanks are encoded in one byte, so that the field is as long as its text.
    return post(
      '/forum/post',
      browserHeaders(random),
      FORM,
      head + encode(prose(random, ENGLISH, bytes - head.length)),
    );
  },
});

export const ORDINARY_CASES: readonly BenchCase[] = [
  GET,
  LOGIN,
  JSON_ORDER,
  SQLI,
  textCase('text100k', 100_000, 'form field of 100 KB'),
];
