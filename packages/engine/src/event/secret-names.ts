/** Names under which secrets stand: those that always count, and those of a policy. */
import { urlDecode } from '../attributes/url-decode.ts';
import { asciiLower } from '../bytes.ts';
import type { EventMasking } from './event-options.ts';
import type { Span } from './spans.ts';
import { findTokens, TOKEN_HINTS } from './tokens.ts';

/** Headers of which the whole value is a secret. */
const HEADERS: readonly string[] = [
  'authorization',
  'cookie',
  'proxy-authorization',
  'set-cookie',
  'x-amz-security-token',
  'x-api-key',
  'x-auth-token',
  'x-csrf-token',
  'x-forwarded-client-cert',
  'x-xsrf-token',
];

/** A part of a name, of arguments, cookies, members of JSON, elements of XML. */
const NAME =
  'pass(?:word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|credential|session|authorization|jwt|private[_-]?key|access[_-]?key|csrf|xsrf';

/** Behind a name: array brackets, the rest of a longer name. */
const REST = '[A-Za-z0-9_.[\\]-]{0,64}';

/** Times that a name is decoded, as many as the values of decodings.ts. */
const ROUNDS_MAX = 3;

export interface SecretNames {
  /** Of an argument, a cookie, a member: as sent, or with its path. */
  isSecret(name: string): boolean;
  /** Of a header, in lower case. */
  isSecretHeader(lowerName: string): boolean;
  /** Secrets in running text: behind such a name, in URLs, forms, JSON, XML, header lines; and those that show by their form. */
  find(text: string): readonly Span[];
}

const NOTHING: readonly Span[] = [];

const escaped = (name: string): string => name.replace(/[^A-Za-z0-9_]/g, (char) => `\\${char}`);

/** What a policy names counts whole: `id` is not in `width`. */
const wholeName = (name: string): string => `(?<![A-Za-z0-9_-])${escaped(name)}(?![A-Za-z0-9_-])`;

class Names implements SecretNames {
  readonly #own: ReadonlySet<string>;
  readonly #headers: ReadonlySet<string>;
  readonly #name = new RegExp(NAME, 'i');
  /** What the patterns below have in them: most texts have none of that. */
  readonly #hints: RegExp;
  readonly #inText: readonly RegExp[];

  constructor({ names, headers }: Pick<EventMasking, 'names' | 'headers'>) {
    this.#own = new Set(names.map(asciiLower));
    this.#headers = new Set([...HEADERS, ...headers.map(asciiLower)]);
    const any = [
      `(?:${NAME})${REST}`,
      ...names.map((name) => `${wholeName(name)}(?:\\[[^\\]]{0,64}\\]){0,4}`),
    ].join('|');
    const lines = [...this.#headers].map(escaped).join('|');
    this.#hints = new RegExp([NAME, ...names.map(escaped), lines, TOKEN_HINTS].join('|'), 'i');
    this.#inText = [
      // `token=abc`, `token%3Dabc`.
      new RegExp(`(?:${any})(?:=|%3d)([^&\\s;"'#<>]+)`, 'gi'),
      // `"token": "abc"`, `'pin': 1234`.
      new RegExp(
        `["'](?:[^"'\\\\]{0,64}?(?:${any}))["']\\s{0,8}:\\s{0,8}(?:"((?:[^"\\\\]|\\\\.)+)|'((?:[^'\\\\]|\\\\.)+)|([^\\s,}\\]"']+))`,
        'gis',
      ),
      // `<password>abc`.
      new RegExp(`<[^<>\\s]{0,64}?(?:${any})(?:\\s[^<>]{0,200})?>([^<]+)`, 'gi'),
      // `X-Api-Key: abc`.
      new RegExp(`(?<![A-Za-z0-9-])(?:${lines}):[ \\t]{0,8}([^\\r\\n]+)`, 'gi'),
      // `/reset-token/9f8a…`: a part of a path behind a name, where it looks like one that was drawn.
      new RegExp(
        `/(?:[A-Za-z0-9_.-]{0,32}[_.-])?(?:${any})/((?=[^/?#\\s]{0,64}\\d)[^/?#\\s&;"'<>]{12,})`,
        'gi',
      ),
    ];
  }

  isSecret(name: string): boolean {
    let decoded = name;
    for (let round = 0; ; round++) {
      if (this.#name.test(decoded) || this.#isOwn(decoded)) return true;
      if (round === ROUNDS_MAX || !decoded.includes('%')) return false;
      decoded = urlDecode(decoded, true).value;
    }
  }

  isSecretHeader(lowerName: string): boolean {
    return this.#headers.has(lowerName);
  }

  find(text: string): readonly Span[] {
    return this.#hints.test(text) ? [...this.#find(text)] : NOTHING;
  }

  *#find(text: string): Generator<Span> {
    yield* findTokens(text);
    for (const pattern of this.#inText) {
      for (const match of text.matchAll(pattern)) {
        const value = match[1] ?? match[2] ?? match[3] ?? '';
        const end = match.index + match[0].length;
        yield { start: end - value.length, end };
      }
    }
  }

  #isOwn(name: string): boolean {
    if (this.#own.size === 0) return false;
    const lower = asciiLower(name);
    return this.#own.has(lower) || lower.split(/[.:[\]]/).some((part) => this.#own.has(part));
  }
}

const known = new WeakMap<object, SecretNames>();

/** Made once for each policy's settings. */
export function secretNames(masking: EventMasking): SecretNames {
  let names = known.get(masking);
  if (names === undefined) {
    names = new Names(masking);
    known.set(masking, names);
  }
  return names;
}
