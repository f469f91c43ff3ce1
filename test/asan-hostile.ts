/** Values and requests of the sizes at which buffers grow, pages end and blocks of a scanner begin. */
import fc from 'fast-check';
import { type CorpusRequest, withBody } from '../bench/peers/corpus.ts';

const SIZES = [
  ...[0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257],
  ...[4_095, 4_096, 4_097, 16_383, 16_384, 16_385, 65_535, 65_536, 65_537],
];
const HUGE_BYTES = 1_048_577;

/** Beginnings of what tokenisers read on from, cut wherever the size says. */
const TOKENS = [
  ...['a', '\x00', '\xff', "'", '"', '`', '\\', '/*', '*/', '--', '#', '<', '<!--', '<a ', "x='", '&#x', '&'],
  ...[
    '%u',
    '%4',
    '\\u00',
    '\\x',
    '0x',
    '@`',
    '$$',
    '$a$',
    "u&'",
    "q'",
    "N'",
    '[',
    '{',
    '(',
    '1e',
    '.',
    '1.e+',
    '::',
  ],
  ...[
    'union select ',
    '1 or ',
    '<![CDATA[',
    '</',
    '<?',
    '<%',
    'on=',
    'javascript:',
    '\xc3',
    '\xe2\x82',
    '..//',
  ],
];
const RANDOM_VALUES = 20_000;
const RANDOM_BYTES_MAX = 300;

const filled = (token: string, bytes: number): string =>
  token.repeat(Math.ceil(bytes / token.length)).slice(0, bytes);

/** @param share one in so many of the random ones and of the large ones */
export function* hostileValues(seed: number, share: number): Generator<string> {
  for (const [index, token] of TOKENS.entries()) {
    for (const size of SIZES) if (size < 4_000 || index % share === 0) yield filled(token, size);
    for (const other of TOKENS) yield `${other}${token}`;
  }
  const value = fc.string({
    unit: fc.oneof(
      fc.constantFrom(...TOKENS),
      fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    ),
    maxLength: RANDOM_BYTES_MAX,
  });
  yield* fc.sample(value, { seed, numRuns: Math.ceil(RANDOM_VALUES / share) });
}

const FORM = 'application/x-www-form-urlencoded';
const TYPES = [FORM, 'application/json', 'text/xml', 'multipart/form-data; boundary=b', 'text/plain'];

/** Bodies of one token each, in every syntax, up to a megabyte. */
export function hostileRequests(share: number): CorpusRequest[] {
  const bodies = TOKENS.flatMap((token) => [1, 17, 4_096, 65_537].map((size) => filled(token, size)));
  const huge = ['a', "'", '<a ', '%u', '{"a":'].map((token) => filled(token, HUGE_BYTES));
  return [...bodies, ...huge]
    .filter((_, index) => index % share === 0)
    .flatMap((body, index) =>
      TYPES.map((type) => ({ id: `hostile ${index} ${type}`, request: hostileRequest(type, body) })),
    );
}

const hostileRequest = (type: string, body: string): CorpusRequest['request'] =>
  withBody(
    {
      method: 'POST',
      uri: '/?a=b',
      protocol: 'HTTP/1.1',
      headers: [
        ['Host', 'localhost'],
        ['Content-Type', type],
        ['Cookie', `a=${body.slice(0, 1_000).replace(/[\r\n\0]/g, '')}`],
      ],
      body: Buffer.alloc(0),
    },
    type === FORM ? `a=${body}` : body,
  );
