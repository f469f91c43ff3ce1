import { describe, expect, it } from 'vitest';
import { fromBytes } from '../../src/rules-test/latin1.ts';
import { parseStages } from '../../src/rules-test/load.ts';
import { buildRequest } from '../../src/rules-test/request.ts';

/** The request of a stage whose input is given as YAML flow text. */
function requestOf(input: string): string {
  const text = `rule_id: 1\ntests: [{test_id: 1, stages: [{input: ${input}, output: {status: 200}}]}]`;
  const [stage] = parseStages('inline.yaml', text);
  if (stage === undefined) throw new TypeError('no stage');
  return fromBytes(buildRequest(stage.input));
}

const bodyOf = (request: string): string => request.slice(request.indexOf('\r\n\r\n') + 4);

describe('building a request', () => {
  it('sends the defaults for what is not given', () => {
    expect(requestOf('{dest_addr: 127.0.0.1}')).toBe('GET / HTTP/1.1\r\nConnection: close\r\n\r\n');
  });

  it('sorts headers by name, byte by byte, and appends its own', () => {
    expect(requestOf('{headers: {b: 1, a: 2, Z: 3, É: 4}, data: "{}"}')).toBe(
      'GET / HTTP/1.1\r\nZ: 3\r\na: 2\r\nb: 1\r\n\xc3\x89: 4\r\n' +
        'Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\nContent-Length: 6\r\n\r\n%7B%7D',
    );
  });

  it('sends scalars of headers as they are written', () => {
    expect(requestOf('{headers: {A: 007, B: 1.50, C: true, D: }}')).toContain(
      'A: 007\r\nB: 1.50\r\nC: true\r\nD: \r\n',
    );
  });

  it('keeps an empty version as the end of the request line', () => {
    expect(requestOf('{version: ""}')).toMatch(/^GET \/ \r\n/);
  });

  it('sends text as UTF-8', () => {
    expect(requestOf('{uri: "/ⓛ"}')).toMatch(/^GET \/\xe2\x93\x9b HTTP/);
  });

  it.each([
    ['a=b c&d', 'a=b+c&d'],
    ['a=<b>&c=d/e', 'a=%3Cb%3E&c=d%2Fe'],
    ['a=b=c', 'a=b%3Dc'],
    ['a-_.~Z9', 'a-_.~Z9'],
    ['a&', 'a'],
    ['a&&b', 'a&&b'],
    ['&', ''],
    ['é', '%C3%A9'],
    ['a=\n', 'a=%0A'],
    // Decoding would change these, or fail: they are taken for encoded already.
    ['a=%41 b', 'a=%41 b'],
    ['a=b+c d', 'a=b+c d'],
    ['a=100% <b>', 'a=100% <b>'],
  ])('encodes the form %j as %j', (data, sent) => {
    expect(bodyOf(requestOf(`{method: POST, data: ${JSON.stringify(data)}}`))).toBe(sent);
  });

  it('encodes only the plain form type, whatever its case', () => {
    const body = (type: string) => bodyOf(requestOf(`{headers: {content-type: ${type}}, data: "a=<"}`));
    expect(body('APPLICATION/X-WWW-FORM-URLENCODED')).toBe('a=%3C');
    expect(body('application/x-www-form-urlencoded; charset=utf-8')).toBe('a=<');
    expect(body('text/plain')).toBe('a=<');
  });

  it('adds no second Content-Type, Content-Length or Connection', () => {
    const request = requestOf(
      '{headers: {content-type: a/b, content-length: 9, connection: keep-alive}, data: "x"}',
    );
    expect(request).toBe(
      'GET / HTTP/1.1\r\nconnection: keep-alive\r\ncontent-length: 9\r\ncontent-type: a/b\r\n\r\nx',
    );
  });

  it('turns LF into CRLF for form data, and counts afterwards', () => {
    const request = requestOf(
      '{headers: {Content-Type: "Multipart/Form-Data; boundary=a"}, data: "a\\nb\\r\\n"}',
    );
    expect(bodyOf(request)).toBe('a\r\nb\r\r\n');
    expect(request).toContain('Content-Length: 7\r\n');
  });

  it.each(['multipart/related; boundary=a', 'multipart/form-data'])('keeps LF for %s', (type) => {
    expect(bodyOf(requestOf(`{headers: {Content-Type: "${type}"}, data: "a\\nb"}`))).toBe('a\nb');
  });

  it.each([
    ['POST', true],
    ['PUT', true],
    ['PATCH', true],
    ['DELETE', true],
    ['XPUTX', true],
    ['GET', false],
    ['XPOST', false],
    ['DELETED', false],
  ])('gives %s without data a Content-Length: %s', (method, given) => {
    expect(requestOf(`{method: ${method}}`).includes('Content-Length: 0\r\n')).toBe(given);
  });

  it.each([
    'autocomplete_headers: false',
    'stop_magic: true',
    'stop_magic: false, autocomplete_headers: false',
  ])('adds and encodes nothing with %s', (flags) => {
    expect(requestOf(`{method: POST, ${flags}, data: "a=<"}`)).toBe('POST / HTTP/1.1\r\n\r\na=<');
  });

  it('turns LF into CRLF for form data without autocompletion too', () => {
    const headers = '{Content-Type: multipart/form-data; boundary=a}';
    expect(bodyOf(requestOf(`{autocomplete_headers: false, headers: ${headers}, data: "a\\nb"}`))).toBe(
      'a\r\nb',
    );
  });

  it('expands the repeat template before it counts', () => {
    expect(requestOf('{headers: {Content-Type: a/b}, data: \'x{{ "12" | repeat 3 }}y\'}')).toContain(
      'Content-Length: 8\r\n\r\nx121212y',
    );
  });

  it('sends an encoded request as it is', () => {
    const raw = Buffer.from('\x00GET\xff\n', 'latin1');
    expect(requestOf(`{method: PUT, encoded_request: ${raw.toString('base64')}}`)).toBe('\x00GET\xff\n');
  });

  it('sends encoded data as its bytes', () => {
    const data = Buffer.from('\xac\xed', 'latin1').toString('base64');
    expect(bodyOf(requestOf(`{headers: {Content-Type: a/b}, encoded_data: ${data}}`))).toBe('\xac\xed');
  });
});
