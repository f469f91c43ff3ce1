/**
 * Tricks that hide a field from one of two servers: each is refused, or shown as both read it. docs/bodies.md has the same list
 * in words. Sources: WAFFLED (2025), ModSecurity's reference manual on MULTIPART_STRICT_ERROR, and what the generators found.
 */
import type { BodyFormat, HostileBody } from './reader.ts';

export interface Trick {
  readonly name: string;
  readonly outcome: 'refused' | 'shown';
  readonly body: HostileBody;
}

const trick = (
  format: BodyFormat,
  contentType: string,
  name: string,
  outcome: Trick['outcome'],
  body: string,
): Trick => ({ name: `${format}: ${name}`, outcome, body: { format, contentType, body } });

const MULTIPART = 'multipart/form-data; boundary=BND';
const A = 'Content-Disposition: form-data; name="a"';
const HIDDEN = 'Content-Disposition: form-data; name="h"\r\n\r\nhidden\r\n';
const FILE = 'Content-Disposition: form-data; name="f"; filename="x.txt"';

const multipart = (name: string, outcome: Trick['outcome'], body: string, contentType = MULTIPART): Trick =>
  trick('multipart', contentType, name, outcome, body);

/** A form of one part with these header lines. */
const headed = (name: string, outcome: Trick['outcome'], headers: string, contentType = MULTIPART): Trick =>
  multipart(name, outcome, `--BND\r\n${headers}\r\n\r\nv\r\n--BND--\r\n`, contentType);

const json = (
  name: string,
  outcome: Trick['outcome'],
  body: string,
  contentType = 'application/json',
): Trick => trick('json', contentType, name, outcome, body);

const xml = (name: string, outcome: Trick['outcome'], body: string): Trick =>
  trick('xml', 'text/xml', name, outcome, body);

const form = (name: string, outcome: Trick['outcome'], body: string, parameters = ''): Trick =>
  trick('urlencoded', `application/x-www-form-urlencoded${parameters}`, name, outcome, body);

const wide = (text: string): string => [...text].map((byte) => `${byte}\0`).join('');

export const TRICKS: readonly Trick[] = [
  multipart(
    'a boundary behind a carriage return',
    'refused',
    `--BND\r\n${FILE}\r\n\r\nv\r--BND\r${HIDDEN}--BND--\r\n`,
  ),
  multipart(
    'a boundary behind a NUL byte',
    'refused',
    `--BND\r\n${FILE}\r\n\r\nv\0--BND\r\n${HIDDEN}--BND--\r\n`,
  ),
  multipart(
    'a boundary behind a blank',
    'refused',
    `--BND\r\n${FILE}\r\n\r\nv\r\n --BND\r\n${HIDDEN}--BND--\r\n`,
  ),
  multipart(
    'a boundary with a blank behind it',
    'refused',
    `--BND\r\n${FILE}\r\n\r\nv\r\n--BND \r\n${HIDDEN}--BND--\r\n`,
  ),
  multipart(
    'parts behind the end',
    'refused',
    `--BND\r\n${A}\r\n\r\nv\r\n--BND--\r\n--BND\r\n${HIDDEN}--BND--\r\n`,
  ),
  multipart(
    'parts before the beginning',
    'refused',
    ` --BND\r\n${HIDDEN}--BND\r\n${A}\r\n\r\nv\r\n--BND--\r\n`,
  ),
  multipart('no end', 'refused', `--BND\r\n${A}\r\n\r\nv\r\n`),
  multipart(
    'a boundary right behind headers',
    'refused',
    `--BND\r\n${A}\r\n\r\n--BND\r\n${FILE}\r\n\r\nhidden\r\n--BND--\r\n`,
  ),
  multipart('LF and CRLF', 'refused', `--BND\n${A}\r\n\r\nv\r\n--BND--\r\n`),
  multipart('LF only', 'shown', `--BND\n${A}\n\nv\n--BND--\n`),
  multipart('a preamble and an epilogue', 'shown', `p\r\n--BND\r\n${A}\r\n\r\nv\r\n--BND--\r\ne`),
  headed('headers that end in two carriage returns', 'refused', `${A}\r\nX: y\r\rhidden`),
  headed('a line of blanks among headers', 'refused', `${A}\r\n \r\nContent-Type: text/plain`),
  headed('a folded header', 'shown', 'Content-Disposition: form-data;\r\n name="a"'),
  headed('two dispositions', 'refused', `${A}\r\nContent-Disposition: form-data; name="b"`),
  headed('two names', 'refused', `${A}; name="b"`),
  headed('an extended name', 'refused', `${A}; name*=utf-8''b`),
  headed('a continued name', 'refused', 'Content-Disposition: form-data; name*0=a; name*1=b'),
  headed('two file names', 'refused', `${FILE}; filename="x.php"`),
  headed('a plain and an extended file name', 'shown', `${FILE}; filename*=utf-8''x.php`),
  headed('a tab behind an extended file name', 'refused', `${A}; filename*=UTF-8''x.php\t`),
  headed('a language and a tab', 'refused', `${A}; filename*=UTF-8'en'%78.php\t`),
  headed('an extended file name in UTF-7', 'refused', `${A}; filename*=utf-7''x+AC4-php`),
  headed('single quotes', 'refused', "Content-Disposition: form-data; name='a'"),
  headed('an escaped quote', 'refused', 'Content-Disposition: form-data; name="f"; filename="a\\".php"'),
  headed('a backslash before the closing quote', 'refused', 'Content-Disposition: form-data; name="a\\\\";'),
  headed('no closing quote', 'refused', 'Content-Disposition: form-data; name="a'),
  headed('an empty file name', 'refused', `${A}; filename=`),
  headed('base64', 'refused', `${A}\r\nContent-Transfer-Encoding: base64`),
  headed('a part in UTF-16', 'refused', `${A}\r\nContent-Type: text/plain; charset=utf-16le`),
  headed('a NUL byte in a name', 'refused', 'Content-Disposition: form-data; name="a\0b"'),
  multipart(
    'parts within a part',
    'refused',
    `--BND\r\n${FILE}\r\nContent-Type: multipart/mixed; boundary=N\r\n\r\n--N\r\n${HIDDEN}--N--\r\n--BND--\r\n`,
  ),
  headed('two boundaries in the header', 'refused', A, 'multipart/form-data; boundary=BND; boundary=XX'),
  headed('a continued boundary', 'refused', A, 'multipart/form-data; boundary*0=B; boundary*1=ND'),
  headed('a boundary in capitals', 'refused', A, 'multipart/form-data; BOUNDARY=BND'),
  headed('a boundary in quotes', 'shown', A, 'multipart/form-data; boundary="BND"'),
  form('repeated names', 'shown', 'a=1&a=2'),
  form('bad escapes', 'shown', 'a=%zz&b=%4&c=%u0041'),
  form('a form in IBM037', 'refused', '\x81~\xf1', '; charset=ibm037'),
  form('a form in UTF-7', 'refused', 'a=+ADw-', '; charset=utf-7'),
  form('a form in UTF-16', 'refused', `\xff\xfe${wide('a=1')}`),
  json('repeated keys', 'shown', '{"a":1,"a":2}'),
  json('comments', 'refused', '{"a":1/*,"b":2*/}'),
  json('a comma too many', 'refused', '{"a":1,}'),
  json('NaN', 'refused', '{"a":NaN}'),
  json('two documents', 'refused', '{"a":1}{"a":2}'),
  json('UTF-16', 'refused', wide('{"a":1}')),
  json('UTF-16 by name', 'refused', '{"a":1}', 'application/json; charset=utf-16'),
  json('a byte order mark', 'shown', '\xef\xbb\xbf{"a":1}'),
  json('lone surrogates', 'shown', '{"\\ud800a":"\\udc00b"}'),
  json('a NUL byte behind the end', 'refused', '{"a":1}\0'),
  xml('entities', 'refused', '<!DOCTYPE a [<!ENTITY e "un"><!ENTITY f "ion">]><a>&e;&f;</a>'),
  xml('a default of an attribute', 'shown', '<!DOCTYPE a [<!ATTLIST a b CDATA "v">]><a>t</a>'),
  xml('UTF-7 by name', 'refused', '<?xml version="1.0" encoding="utf-7"?><a>+ADw-</a>'),
  xml('UTF-16', 'refused', `\xff\xfe${wide('<a>v</a>')}`),
  xml('comments and CDATA in a word', 'shown', '<a>un<!-- x -->io<![CDATA[n]]></a>'),
];
