import { describe, expect, it } from 'vitest';
import { respond, responseText } from '../../src/rules-test/backend.ts';
import { fromBytes, fromText, toBytes } from '../../src/rules-test/latin1.ts';

function answer(body: string, uri = '/reflect', method = 'POST') {
  const response = respond({ method, uri, protocol: 'HTTP/1.1', headers: [], body: toBytes(fromText(body)) });
  const headers = new Map(response.headers.map(([name, value]) => [name.toLowerCase(), value]));
  return {
    status: response.status,
    body: fromBytes(response.body),
    type: headers.get('content-type'),
    headers,
  };
}

describe('the backend', () => {
  it.each([
    ['GET', '/reflect'],
    ['POST', '/reflected'],
    ['POST', '/'],
    ['CONNECT', 'a:80'],
  ])('answers %s %s with an empty 200', (method, uri) => {
    expect(answer('{"status":500}', uri, method)).toMatchObject({ status: 200, body: '', type: undefined });
  });

  it('reflects status, headers and body', () => {
    const { status, body, headers } = answer(
      '{"status":404,"headers":{"X-A":"é"},"body":"é"}',
      '/reflect/a?b',
    );
    expect({ status, body }).toEqual({ status: 404, body: '\xc3\xa9' });
    expect(headers.get('x-a')).toBe('\xc3\xa9');
    expect(headers.get('content-length')).toBe('2');
  });

  it('reflects an encoded body as its bytes', () => {
    expect(answer('{"encodedBody":"rO0="}').body).toBe('\xac\xed');
  });

  it.each([
    '<x>',
    '[]',
    'null',
    '{"status":"200"}',
    '{"status":99}',
    '{"body":1}',
    '{"headers":{"a":1}}',
    '{"encodedBody":"?"}',
  ])('answers the bad reflection %s with a 400', (body) => {
    expect(answer(body).status).toBe(400);
  });

  it.each([
    ['hello', 'text/plain; charset=utf-8'],
    [' \\n<HTML>', 'text/html; charset=utf-8'],
    ['<!-- a', 'text/html; charset=utf-8'],
    ['<article>', 'text/plain; charset=utf-8'],
    ['<?xml ?>', 'text/xml; charset=utf-8'],
    ['<?php', 'text/plain; charset=utf-8'],
    ['a\\u0000b', 'application/octet-stream'],
    ['%PDF-1', 'application/pdf'],
  ])('gives the body %j the type %s', (body, type) => {
    expect(answer(`{"body":"${body}"}`).type).toBe(type);
  });

  it('keeps a type that is given', () => {
    expect(answer('{"headers":{"content-type":"a/b"},"body":"x"}').type).toBe('a/b');
  });

  it('shows a response as a client reads it', () => {
    expect(responseText({ status: 200, headers: [['A', 'b']], body: toBytes('c') })).toBe(
      'HTTP/1.1 200\r\nA: b\r\n\r\nc',
    );
  });
});
