/** Bodies of every kind, well-formed and not, with the header fields that go with them. */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { HeaderList } from '../../packages/engine/src/index.ts';
import { percentEncode } from './encodings.ts';
import type { Random } from './random.ts';
import { anyName, anyText, NAMESPACE, PREFIX } from './vocabulary.ts';

export interface Body {
  readonly headers: HeaderList;
  readonly body: string;
}

type MakeText = (random: Random) => string;

export function anyBody(random: Random, text: MakeText = anyText): Body {
  const made = random.pick(KINDS)(random, text);
  return disturbed(compressed(made, random), random);
}

const typed = (mediaType: string, body: string): Body => ({ headers: [['Content-Type', mediaType]], body });

export function pairs(random: Random, text: MakeText, separator = '&'): string {
  const pair = (): string => {
    const value = text(random);
    const written = random.oneIn(4)
      ? value.replace(/[\0\r\n]/g, '')
      : percentEncode(value).replaceAll('%20', '+');
    return random.oneIn(12) ? written : `${anyName(random)}=${written}`;
  };
  return random.many(0, 6, pair).join(random.oneIn(10) ? random.pick([';', '&&', '&=&']) : separator);
}

function form(random: Random, text: MakeText): Body {
  const type = random.pick([
    'application/x-www-form-urlencoded',
    'application/x-www-form-urlencoded; charset=utf-8',
    'APPLICATION/X-WWW-FORM-URLENCODED',
    'application/x-www-form-urlencoded; charset=utf-16le',
  ]);
  return typed(type, pairs(random, text));
}

function json(random: Random, text: MakeText): Body {
  const type = random.pick([
    'application/json',
    'application/json; charset=utf-8',
    'application/vnd.api+json',
    'text/json',
  ]);
  return typed(type, jsonValue(random, text, 4));
}

function jsonValue(random: Random, text: MakeText, depth: number): string {
  const items = (make: () => string): string => random.many(0, 3, make).join(',');
  switch (random.below(depth > 0 ? 8 : 5)) {
    case 0:
      return random.pick(['0', '-1', '1.5e3', 'true', 'false', 'null', '12']);
    case 5:
      return `[${items(() => jsonValue(random, text, depth - 1))}]`;
    case 6:
    case 7:
      return `{${items(() => `${jsonText(random, anyName(random))}:${jsonValue(random, text, depth - 1)}`)}}`;
    default:
      return jsonText(random, text(random));
  }
}

/** Bytes above 0x7f are left as they are, which is often no UTF-8. */
export function jsonText(random: Random, text: string): string {
  const found = random.oneIn(4) ? /[\s\S]/g : /[\0-\x1f"\\]/g;
  return `"${text.replace(found, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
}

function xml(random: Random, text: MakeText): Body {
  const type = random.pick([
    'text/xml',
    'application/xml',
    'application/soap+xml; charset=utf-8',
    'image/svg+xml',
  ]);
  const head = random.pick([
    '',
    '<?xml version="1.0"?>',
    '<?xml version="1.0" encoding="ISO-8859-1"?>\n',
    '<!DOCTYPE r [<!ENTITY e "evil">]>',
    '<!-- evil -->',
  ]);
  return typed(type, head + element(random, text, 3));
}

export const xmlText = (text: string): string =>
  text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`).replace(/[^\t\r\n\x20-\x7e]/g, '?');

function element(random: Random, text: MakeText, depth: number): string {
  const attribute = random.oneIn(2) ? ` ${random.pick(['b', 'href', 'x:y'])}="${xmlText(text(random))}"` : '';
  const content = random.many(0, 3, () => {
    if (depth > 0 && random.oneIn(2)) return element(random, text, depth - 1);
    return random.oneIn(5) ? `<![CDATA[${text(random).replaceAll(']]>', '')}]]>` : xmlText(text(random));
  });
  if (random.oneIn(6))
    return `<${PREFIX}:b xmlns:${PREFIX}="${NAMESPACE}"${attribute}>${content.join('')}</${PREFIX}:b>`;
  const name = random.pick(['a', 'a', 'a', 'b']);
  return `<${name}${attribute}>${content.join('')}</${name}>`;
}

function multipart(random: Random, text: MakeText): Body {
  const boundary = random.pick(['b', '----WebKitFormBoundaryAbC', 'a b', "b'()+_,-./:=?"]);
  const end = random.oneIn(6) ? '\n' : '\r\n';
  const quoted = random.oneIn(3) ? `"${boundary}"` : boundary;
  const type = `multipart/form-data; boundary=${quoted}${random.oneIn(12) ? '; boundary=x' : ''}`;
  const parts = random.many(0, 4, () => part(random, text, boundary, end));
  const tail = random.oneIn(8) ? '' : `--${boundary}--${random.oneIn(3) ? '' : end}`;
  const before = random.oneIn(10) ? `preamble${end}` : '';
  return typed(type, `${before}${parts.join('')}${tail}${random.oneIn(12) ? 'after' : ''}`);
}

function part(random: Random, text: MakeText, boundary: string, end: string): string {
  const quote = random.oneIn(8) ? random.pick(["'", '']) : '"';
  const safe = (value: string): string => value.replace(/["\r\n]/g, random.pick(['', '\\"', '%22']));
  const name = `name=${quote}${safe(random.oneIn(5) ? text(random) : anyName(random))}${quote}`;
  const file = random.oneIn(2)
    ? ''
    : `; filename${random.oneIn(8) ? '*' : ''}=${quote}${safe(text(random))}${quote}`;
  const more = random.oneIn(3)
    ? random.pick([
        `Content-Type: text/plain${end}`,
        `Content-Transfer-Encoding: base64${end}`,
        `X: evil${end} folded${end}`,
        `Content-Disposition: form-data; name="b"${end}`,
        `nonsense${end}`,
      ])
    : '';
  const disposition = `${random.oneIn(10) ? 'content-disposition' : 'Content-Disposition'}: form-data; ${name}${file}`;
  return `--${boundary}${end}${disposition}${end}${more}${end}${text(random)}${end}`;
}

const plain = (random: Random, text: MakeText): Body =>
  typed(
    random.pick(['text/plain', 'text/html', 'application/octet-stream', 'evil', '', '*/*']),
    text(random),
  );

const none = (): Body => ({ headers: [], body: '' });

const untyped = (random: Random, text: MakeText): Body => ({ headers: [], body: pairs(random, text) });

const KINDS: readonly ((random: Random, text: MakeText) => Body)[] = [
  form,
  form,
  json,
  json,
  xml,
  multipart,
  multipart,
  plain,
  none,
  untyped,
];

function compressed(made: Body, random: Random): Body {
  if (!random.oneIn(12)) return made;
  const [coding, compress] = random.pick([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['identity', (bytes: Buffer) => bytes],
    ['nonsense', (bytes: Buffer) => bytes],
  ] as const);
  const body = compress(Buffer.from(made.body, 'latin1')).toString('latin1');
  return { headers: [...made.headers, ['Content-Encoding', coding]], body };
}

/** Cut, with bytes put in, of another type, or with a byte order mark, now and then. */
function disturbed(made: Body, random: Random): Body {
  const { headers, body } = made;
  if (!random.oneIn(5)) return made;
  const at = random.below(body.length + 1);
  switch (random.below(5)) {
    case 0:
      return { headers, body: body.slice(0, at) };
    case 1:
      return { headers, body: body.slice(0, at) + random.bytes(4) + body.slice(at) };
    case 2:
      return { headers, body: body.slice(0, at) + body.slice(at + 1 + random.below(4)) };
    case 3:
      return { headers, body: random.pick(['\xef\xbb\xbf', '\xff\xfe', '\xfe\xff', '\0']) + body };
    default:
      return {
        headers: [['Content-Type', random.pick(['text/xml', 'application/json', 'multipart/form-data'])]],
        body,
      };
  }
}
