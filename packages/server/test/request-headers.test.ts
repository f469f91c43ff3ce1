import { describe, expect, it } from 'vitest';
import { requestTarget, restoreFraming, scanHeaders } from '../src/request-headers.ts';

const NONE = { host: '', requestIds: undefined };
const CHUNKED = ['transfer-encoding', 'chunked'];

describe('the target of a request', () => {
  it.each([
    ['CONNECT', '', 'db.example:5432', 'db.example:5432'],
    ['CONNECT', '/chat', 'a.example', '/chat'],
    ['GET', '', 'a.example', ''],
    ['GET', '/x', 'a.example', '/x'],
  ])('%s with path %j and authority %s is %j', (method, path, authority, target) => {
    expect(requestTarget(method, path, scanHeaders([[':authority', authority]], NONE))).toBe(target);
  });
});

describe('the framing that Envoy takes away', () => {
  const restored = (
    lines: readonly (readonly [string, string])[],
    protocol = 'HTTP/1.1',
    hasBody = true,
  ): boolean => {
    const scan = scanHeaders(lines, NONE);
    const before = scan.headers.length;
    restoreFraming(scan, protocol, hasBody);
    if (scan.headers.length > before) expect(scan.headers.at(-1)).toEqual(CHUNKED);
    return scan.headers.length > before;
  };

  it('is put back where a body of HTTP/1.1 has no length', () => {
    expect(restored([[':method', 'GET']])).toBe(true);
    expect(restored([['content-length', '0']])).toBe(true);
  });

  it.each<[string, Parameters<typeof restored>]>([
    ['there is no body', [[], 'HTTP/1.1', false]],
    ['a length is said', [[['content-length', '3']]]],
    ['it is there still', [[['transfer-encoding', 'gzip, chunked']]]],
    ['HTTP/2 frames bodies', [[], 'HTTP/2']],
    ['HTTP/1.0 has no chunks', [[], 'HTTP/1.0']],
    ['what follows is a tunnel', [[[':method', 'CONNECT']]]],
    ['what follows is an upgrade', [[['upgrade', 'websocket']]]],
  ])('is left where %s', (_, [lines, protocol, hasBody]) => {
    expect(restored(lines, protocol, hasBody)).toBe(false);
  });
});
