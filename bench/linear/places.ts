/** Where a text is put in a message. Each place takes the whole length, also where it has to be cut into many values. */
import type { HeaderList } from '../../packages/engine/src/index.ts';

/** One exchange, bytes as latin1. */
export interface Exchange {
  readonly method: string;
  readonly uri: string;
  readonly headers: HeaderList;
  readonly body: string;
  readonly response: { readonly headers: HeaderList; readonly body: string } | null;
}

/** Bytes of one value where a text is cut into many; the default limit is a thousand arguments. */
const PIECE_BYTES = 100;
/** As much of a value as an event shows: then events are longest. */
const SHOWN_BYTES = 2_000;
const BOUNDARY = 'boundary7ma4ywxk';
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0';
const BASE_HEADERS: HeaderList = [
  ['Host', 'shop.example'],
  ['User-Agent', AGENT],
  ['Accept', 'text/html'],
];

/**
 * Pieces differ, as a cache would hide what equal ones cost: each begins with its number, in letters only, since digits in
 * some of them would let more patterns match there.
 */
function pieces(text: string, bytes = PIECE_BYTES): readonly string[] {
  const count = Math.ceil(text.length / bytes);
  const letter = (digit: string): string => String.fromCharCode(0x61 + Number.parseInt(digit, 26));
  return Array.from({ length: count }, (_, at) => {
    const number = at.toString(26).padStart(3, '0').replace(/./g, letter);
    return number + text.slice(at * bytes, (at + 1) * bytes - number.length);
  });
}

/** Names as long as each other, so that those of few values are looked at as those of many are. */
const numbered = (prefix: string, at: number): string => prefix + String(at).padStart(3, '0');

const escapeByte = (char: string): string =>
  `%${char.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`;
const escaped = (text: string): string => text.replace(/[^A-Za-z0-9_.~-]/g, escapeByte);
/** What a request target and a cookie cannot hold as it is. */
const inTarget = (text: string): string => text.replace(/[\0-\x20#?\x7f]/g, escapeByte);
const inHeader = (text: string): string => text.replace(/[\0\r\n]/g, ' ');
const inCookie = (text: string): string => inHeader(text).replaceAll(';', ',');

const get = (uri: string, headers: HeaderList = []): Exchange => ({
  method: 'GET',
  uri,
  headers: [...BASE_HEADERS, ...headers],
  body: '',
  response: null,
});
const post = (type: string, body: string): Exchange => ({
  ...get('/form', [
    ['Content-Type', type],
    ['Content-Length', String(body.length)],
  ]),
  method: 'POST',
  body,
});
const form = (pairs: readonly (readonly [string, string])[]): Exchange =>
  post(
    'application/x-www-form-urlencoded',
    pairs.map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join('&'),
  );
const json = (value: unknown): Exchange =>
  post('application/json', Buffer.from(JSON.stringify(value), 'utf8').toString('latin1'));
const part = (disposition: string, type: string, text: string): string =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n${type}\r\n${text}\r\n`;
const multipart = (parts: readonly string[]): Exchange =>
  post(`multipart/form-data; boundary=${BOUNDARY}`, `${parts.join('')}--${BOUNDARY}--\r\n`);
const xmlText = (text: string): string =>
  text.replace(/[&<\0-\x08\x0b\x0c\x0e-\x1f\x80-\xff]/g, (char) =>
    char < ' ' ? ' ' : `&#${char.charCodeAt(0)};`,
  );
const answered = (headers: HeaderList, body: string): Exchange => ({
  ...get('/page'),
  response: { headers: [['Content-Type', 'text/html'], ...headers], body },
});

export const PLACES = {
  'form value': (text: string) => form([['field', text]]),
  'form values': (text: string) => form(pieces(text).map((piece, at) => [numbered('f', at), piece])),
  'form values of 2 KB': (text: string) =>
    form(pieces(text, SHOWN_BYTES).map((piece, at) => [numbered('f', at), piece])),
  'form name': (text: string) => form([[text, '1']]),
  'form names': (text: string) => form(pieces(text).map((piece) => [piece, '1'])),
  'form as it is': (text: string) => post('application/x-www-form-urlencoded', text),
  'JSON value': (text: string) => json({ field: text }),
  'JSON values': (text: string) => json({ list: pieces(text) }),
  'XML text': (text: string) => post('text/xml', `<a>${xmlText(text)}</a>`),
  'multipart value': (text: string) => multipart([part('name="field"', '', text)]),
  'multipart values': (text: string) =>
    multipart(pieces(text).map((piece, at) => part(`name="${numbered('f', at)}"`, '', piece))),
  'file name': (text: string) =>
    multipart([
      part(
        `name="file"; filename="${inHeader(text).replace(/["\\]/g, "'").slice(0, 16_000)}"`,
        'Content-Type: text/plain\r\n',
        '',
      ),
    ]),
  query: (text: string) => get(`/search?q=${escaped(text)}`),
  'query as it is': (text: string) => get(`/search?${inTarget(text)}`),
  path: (text: string) => get(`/${inTarget(text)}`),
  header: (text: string) => get('/', [['X-Note', inHeader(text)]]),
  headers: (text: string) =>
    get(
      '/',
      pieces(text).map((piece, at) => [numbered('X-Note-', at), inHeader(piece)]),
    ),
  'header names': (text: string) =>
    get(
      '/',
      pieces(text).map((piece) => [piece.replace(/[^A-Za-z0-9-]/g, '-'), '1']),
    ),
  cookie: (text: string) => get('/', [['Cookie', `note=${inCookie(text)}`]]),
  cookies: (text: string) =>
    get('/', [
      [
        'Cookie',
        pieces(text)
          .map((piece, at) => `${numbered('c', at)}=${inCookie(piece)}`)
          .join('; '),
      ],
    ]),
  'response body': (text: string) => answered([], text),
  'response header': (text: string) => answered([['X-Note', inHeader(text)]], 'ok'),
} satisfies Readonly<Record<string, (text: string) => Exchange>>;

/** Names that no case has, in each place that has names, and a text beside them that wakes the rules which look at them. */
export function strangeNames(count: number, waking: string): readonly Exchange[] {
  const names = Array.from({ length: count }, (_, at) => numbered('strange', at));
  return [
    form([['waking', waking], ...names.map((name): [string, string] => [name, '1'])]),
    get(`/?waking=${escaped(waking)}${names.map((name) => `&${name}=1`).join('')}`),
    json({ waking, ...Object.fromEntries(names.map((name) => [name, 1])) }),
    multipart([
      part('name="waking"', '', waking),
      ...names.map((name) => part(`name="${name}"; filename="${name}"`, '', '1')),
    ]),
    get('/', [['Cookie', `waking=${inCookie(waking)}${names.map((name) => `; ${name}=1`).join('')}`]]),
    get('/', [['Waking', inHeader(waking)], ...names.map((name): [string, string] => [name, '1'])]),
  ];
}

export type Place = keyof typeof PLACES | `header ${string}`;

/** The exchange that has the text in a place; `header X` is one of that name. */
export function put(place: Place, text: string): Exchange {
  if (place in PLACES) return PLACES[place as keyof typeof PLACES](text);
  const name = place.slice('header '.length);
  const plain = get('/', [[name, inHeader(text)]]);
  // A second value of a header that is there already would hide the first from no rule, and is no usual message.
  return {
    ...plain,
    headers: [
      ...BASE_HEADERS.filter(([other]) => other.toLowerCase() !== name.toLowerCase()),
      [name, inHeader(text)],
    ],
  };
}

/** Where a variable's values come from; null for what no client fills with text. */
export function placeOf(variable: string, selector: string | null): Place | null {
  if (variable === 'REQUEST_HEADERS') return selector === null ? 'header' : `header ${selector}`;
  return BY_VARIABLE[variable] ?? null;
}

const BY_VARIABLE: Readonly<Record<string, Place>> = {
  ARGS: 'form value',
  ARGS_GET: 'query',
  ARGS_GET_NAMES: 'query as it is',
  ARGS_NAMES: 'form names',
  ARGS_POST: 'form value',
  FILES: 'file name',
  FILES_NAMES: 'file name',
  MULTIPART_PART_HEADERS: 'file name',
  QUERY_STRING: 'query as it is',
  REQUEST_BASENAME: 'path',
  REQUEST_BODY: 'form as it is',
  REQUEST_COOKIES: 'cookie',
  REQUEST_COOKIES_NAMES: 'cookies',
  REQUEST_FILENAME: 'path',
  REQUEST_HEADERS_NAMES: 'header names',
  REQUEST_LINE: 'path',
  REQUEST_URI: 'query as it is',
  REQUEST_URI_RAW: 'query as it is',
  RESPONSE_BODY: 'response body',
  RESPONSE_HEADERS: 'response header',
  XML: 'XML text',
};
