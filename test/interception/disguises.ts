/** Attacks behind preludes and disguises, as bytes in pieces. Each holds the marker, in clear, where a workload would get it. */

/** What no workload may see. */
export const MARKER = 'UNION+SELECT';
const ATTACK = `/?q=1'+${MARKER}+password+FROM+users--`;

const lines = (...all: readonly string[]): string => `${all.join('\r\n')}\r\n`;
const HOST = 'Host: shop.example';
const get = (path = ATTACK, version = 'HTTP/1.1'): string => lines(`GET ${path} ${version}`, HOST, '');
const CLEAN = get('/clean');

const FORM = 'Content-Type: application/x-www-form-urlencoded';

export interface Disguise {
  readonly name: string;
  readonly pieces: readonly string[];
}

const disguise = (name: string, ...pieces: readonly string[]): Disguise => ({ name, pieces });

/** A frame of HTTP/2 (RFC 9113, section 4.1). */
function frame(type: number, flags: number, stream: number, payload: Buffer): string {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.byteLength, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]).toString('latin1');
}

/** A header line as HPACK's literal without indexing, new name, no Huffman (RFC 7541, section 6.2.2). */
const literal = (name: string, value: string): Buffer =>
  Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const SETTINGS = frame(4, 0, 0, Buffer.alloc(0));
const H2_REQUEST = frame(
  ...([1, 0x05, 1] as const),
  Buffer.concat([
    literal(':method', 'GET'),
    literal(':scheme', 'http'),
    literal(':authority', 'shop.example'),
    literal(':path', ATTACK),
  ]),
);

/** Signature, version 2 PROXY, TCP over IPv4, twelve bytes of addresses. */
const PROXY_V2 = '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x7f\0\0\x01\x7f\0\0\x01\x30\x39\0\x50';

/** The beginning of a TLS 1.2 record with a ClientHello. */
const CLIENT_HELLO = `\x16\x03\x01\0\x2f\x01\0\0\x2b\x03\x03${'r'.repeat(32)}\0\0\x02\x13\x01\x01\0\0\0`;

const body = (text: string): readonly string[] => [`Content-Length: ${text.length}`, '', text];
const chunked = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;

const upgrade = (protocol: string, ...more: readonly string[]): string =>
  lines('GET /clean HTTP/1.1', HOST, 'Connection: Upgrade', `Upgrade: ${protocol}`, ...more, '');

export const DISGUISES: readonly Disguise[] = [
  disguise('nothing', get()),
  disguise('CRLF in front', `\r\n${get()}`),
  disguise('LF in front', `\n${get()}`),
  disguise('forty line ends in front', '\r\n'.repeat(40) + get()),
  disguise('CR and LF in pieces of their own', '\r', '\n', get()),
  disguise('a space in front', ` ${get()}`),
  disguise('a tab in front', `\t${get()}`),
  disguise('a NUL in front', `\0${get()}`),
  disguise('a byte order mark in front', `\xef\xbb\xbf${get()}`),
  disguise('raw UTF-8 in the path', get(`/caf\xc3\xa9${ATTACK.slice(1)}`)),
  disguise('raw UTF-8 in the query', get(`${ATTACK}\xc3\xa9`)),
  disguise('HTTP/1.9', get(ATTACK, 'HTTP/1.9')),
  disguise('HTTP/2.0 in a request line', get(ATTACK, 'HTTP/2.0')),
  disguise('HTTP/0.9', `GET ${ATTACK}\r\n`),
  disguise('HTTP/1.0 without Host', `GET ${ATTACK} HTTP/1.0\r\n\r\n`),
  disguise('a method in lower case', `get${get().slice(3)}`),
  disguise('a method that nobody knows', `FROBNICATE${get().slice(3)}`),
  disguise('tabs in the request line', `GET\t${ATTACK}\tHTTP/1.1\r\n${HOST}\r\n\r\n`),
  disguise('two spaces in the request line', `GET  ${ATTACK}  HTTP/1.1\r\n${HOST}\r\n\r\n`),
  disguise('lines that end in LF alone', get().replaceAll('\r\n', '\n')),
  disguise('lines that end in CR alone', get().replaceAll('\r\n', '\r')),
  disguise('a byte at a time', ...get()),
  disguise('HTTP/2 preface in pieces', ...PREFACE, SETTINGS, H2_REQUEST),
  disguise('HTTP/2 without its settings', PREFACE, H2_REQUEST),
  disguise('HTTP/1.1 behind the HTTP/2 preface', PREFACE, get()),
  disguise('half an HTTP/2 preface, then HTTP/1.1', 'PRI * HTTP/2.0\r\n\r\n', get()),
  disguise('PROXY header, version 1', `PROXY TCP4 127.0.0.1 127.0.0.1 1 80\r\n${get()}`),
  disguise('PROXY header, version 2', PROXY_V2 + get()),
  disguise('TLS ClientHello', CLIENT_HELLO, get()),
  disguise(
    'smuggling by Content-Length before Transfer-Encoding',
    lines('POST /clean HTTP/1.1', HOST, 'Content-Length: 6', 'Transfer-Encoding: chunked', '', '0', '') +
      get(),
  ),
  disguise(
    'smuggling by Transfer-Encoding before Content-Length',
    lines('POST /clean HTTP/1.1', HOST, 'Transfer-Encoding: chunked', 'Content-Length: 4', '') +
      chunked(get()),
  ),
  disguise(
    'smuggling by Transfer-Encoding with a space before its colon',
    lines('POST /clean HTTP/1.1', HOST, 'Transfer-Encoding : chunked', 'Content-Length: 4', '') +
      chunked(get()),
  ),
  disguise(
    'smuggling by two Transfer-Encodings',
    lines('POST /clean HTTP/1.1', HOST, 'Transfer-Encoding: chunked', 'Transfer-Encoding: cow', '') +
      chunked(get()),
  ),
  disguise(
    'smuggling by two Content-Lengths',
    lines('POST /clean HTTP/1.1', HOST, 'Content-Length: 0', `Content-Length: ${get().length}`, '') + get(),
  ),
  disguise(
    'smuggling by a Content-Length with a sign',
    lines('POST /clean HTTP/1.1', HOST, 'Content-Length: +0', '') + get(),
  ),
  disguise(
    'smuggling by a chunk’s size that overflows',
    lines(
      'POST /clean HTTP/1.1',
      HOST,
      'Transfer-Encoding: chunked',
      '',
      'FFFFFFFFFFFFFFFF2',
      '',
      '0',
      '',
      '',
    ) + get(),
  ),
  disguise(
    'smuggling by a line end within a chunk’s extension',
    `${lines('POST /clean HTTP/1.1', HOST, 'Transfer-Encoding: chunked', '')}0;a\n\r\n\r\n${get()}`,
  ),
  disguise('a folded header line', lines(`GET ${ATTACK} HTTP/1.1`, HOST, 'X-A: b', ' c', '')),
  disguise(
    'a header line before the request’s end of line',
    `GET ${ATTACK} HTTP/1.1\nX: y\r\n${HOST}\r\n\r\n`,
  ),
  disguise('absolute form, of another authority', get(`http://elsewhere.example${ATTACK}`)),
  disguise('absolute form, with credentials', get(`http://a:b@shop.example${ATTACK}`)),
  disguise('two Host lines', lines(`GET ${ATTACK} HTTP/1.1`, HOST, 'Host: elsewhere.example', '')),
  disguise('an empty Host line', lines(`GET ${ATTACK} HTTP/1.1`, 'Host:', '')),
  disguise('CONNECT', lines('CONNECT shop.example:80 HTTP/1.1', HOST, ''), get()),
  disguise('behind a clean request on one connection', CLEAN + get()),
  disguise('behind a clean request that was answered', CLEAN, get()),
  disguise(
    'Expect: 100-continue',
    lines('POST /clean HTTP/1.1', HOST, FORM, 'Expect: 100-continue', ...body(ATTACK.slice(2))),
  ),
  disguise('an upgrade to h2c', upgrade('h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'), get()),
  disguise(
    'an upgrade to websocket',
    upgrade('websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='),
    get(),
  ),
  disguise(
    'headers that say that it was inspected',
    lines(
      `GET ${ATTACK} HTTP/1.1`,
      HOST,
      'x-envoy-auth-partial-body: false',
      'x-envoy-original-path: /clean',
      'x-envoy-original-dst-host: 127.0.0.1:81',
      '',
    ),
  ),
];
