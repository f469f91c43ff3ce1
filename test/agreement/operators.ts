/** Every operator with arguments that find something in what requests.ts makes, macros among them. */
import { anyPattern } from './patterns.ts';
import type { Random } from './random.ts';
import { anyWord as anyVocabularyWord } from './vocabulary.ts';

/** Files that operators read words from. */
export interface DataFiles {
  readonly words: string;
  readonly addresses: string;
  /** A JSON Schema. */
  readonly schema: string;
}

const MACROS = [
  '%{tx.x}',
  '%{tx.1}',
  '%{MATCHED_VAR}',
  '%{REQUEST_HEADERS.x-test}',
  '%{ARGS.a}',
  '%{REMOTE_ADDR}',
] as const;

/** What a line of rules can hold. */
const written = (text: string): string => text.replace(/[\0\r\n]/g, '');

function anyWord(random: Random): string {
  if (random.oneIn(5)) return random.pick(MACROS);
  const word = written(anyVocabularyWord(random))
    .replace(/%(?!\{)/g, '')
    .replace(/\\+$/, '');
  return random.oneIn(8) ? word + random.pick(MACROS) : word;
}

/** Words that need a text of at least a byte. */
const someWord = (random: Random): string => anyWord(random).trim() || 'evil';

const number = (random: Random): string =>
  random.oneIn(4) ? random.pick(MACROS) : random.pick(['0', '1', '2', '5', '-3', '12', '200', '255', '']);

const ADDRESSES = [
  '192.0.2.0/24',
  '192.0.2.1',
  '2001:db8::/32',
  '203.0.113.9',
  '198.51.100.0/25,::1',
] as const;

const OPERATORS: Readonly<Record<string, (random: Random, files: DataFiles) => string>> = {
  beginsWith: anyWord,
  contains: anyWord,
  containsWord: anyWord,
  detectSQLi: () => '',
  detectXSS: () => '',
  endsWith: anyWord,
  eq: number,
  ge: number,
  geoLookup: () => '',
  gt: number,
  ipMatch: (random) => random.many(1, 2, () => random.pick(ADDRESSES)).join(','),
  ipMatchFromDataset: () => 'addresses',
  ipMatchFromFile: (_, { addresses }) => addresses,
  le: number,
  lt: number,
  noMatch: () => '',
  pm: (random) =>
    random
      .many(1, 4, () => random.pick(['evil', 'union', '../', 'a', 'e', '12', '<script', 'x=1', '|0a 0d|il']))
      .join(' '),
  pmFromDataset: () => 'words',
  pmFromFile: (_, { words }) => words,
  rbl: () => 'rbl.example',
  restpath: (random) => random.pick(['/{a}', '/{a}/{b}', '^/{x}$', 'evil/{id}', '{a}']),
  rx: (random) => (random.oneIn(8) ? `^${random.pick(MACROS)}` : anyPattern(random)),
  rxGlobal: (random) => anyPattern(random),
  streq: anyWord,
  strmatch: someWord,
  unconditionalMatch: () => '',
  validateNid: (random) => random.pick(['us \\d{3}-?\\d{2}-?\\d{4}', 'cl [0-9.]{7,10}-?[0-9kK]']),
  validateSchema: (_, { schema }) => schema,
  validateByteRange: (random) => random.pick(['32-126', '1-255', '9,10,13,32-126,128-255', '0-127']),
  validateUrlEncoding: () => '',
  validateUtf8Encoding: () => '',
  verifyCC: () => '\\d{13,16}',
  verifyCPF: () => '[0-9]{3}\\.?[0-9]{3}\\.?[0-9]{3}-?[0-9]{2}',
  verifySSN: () => '\\d{3}-?\\d{2}-?\\d{4}',
  verifySVNR: () => '([0-9]{4})([0-9]{6})',
  within: (random) => random.many(1, 4, () => anyWord(random)).join(' '),
};

const NAMES = Object.keys(OPERATORS);
/** Those that the prefilter knows. */
const SCANNED = ['rx', 'rx', 'rx', 'rx', 'pm', 'pm', 'pmFromFile', 'pmFromDataset'] as const;

/** `!@rx …`; lists and patterns, which are scanned for, are every second one. */
export function anyOperator(random: Random, files: DataFiles): string {
  const name = random.oneIn(2) ? random.pick(SCANNED) : random.pick(NAMES);
  const argument = OPERATORS[name]?.(random, files) ?? '';
  const negation = name !== 'rbl' && random.oneIn(6) ? '!' : '';
  return `${negation}@${name}${argument === '' ? '' : ` ${argument}`}`;
}
