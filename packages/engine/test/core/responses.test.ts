import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { buildEvent, type HeaderList, type RuleSet, type Transaction } from '../../src/index.ts';
import type { PolicyOverlay } from '../../src/link/overlay.ts';
import { attributesOf, engine, ruleSetOf } from './support.ts';

const LEAK = 'SecRule RESPONSE_BODY "@contains leak" "id:1,phase:4,deny"';
const HTML: HeaderList = [['Content-Type', 'text/html; charset=utf-8']];

function begin(ruleSet: RuleSet, headers: HeaderList): Transaction {
  const transaction = engine.transaction(ruleSet, attributesOf({}));
  transaction.requestHeaders();
  transaction.requestEnd();
  transaction.responseHeaders({ status: 200, protocol: 'HTTP/1.1', headers });
  return transaction;
}

const inspects = (headers: HeaderList, policy: Partial<PolicyOverlay>, rules = LEAK): boolean =>
  begin(ruleSetOf(rules, policy), headers).inspectsResponseBody;

describe('whether the body of a response is inspected', () => {
  const on = {
    responseBody: { inspect: true, mediaTypes: ['text/html', 'text/event-stream', 'application/grpc'] },
  };

  test('is known once its headers are: by policy and by media type', () => {
    expect(inspects(HTML, on)).toBe(true);
    expect(inspects([['content-type', 'TEXT/HTML']], on)).toBe(true);
    expect(inspects(HTML, {})).toBe(false);
    expect(inspects(HTML, { responseBody: { inspect: false } })).toBe(false);
    expect(inspects([['Content-Type', 'image/png']], on)).toBe(false);
    expect(inspects([], on)).toBe(false);
    expect(inspects(HTML, { ...on, mode: 'Off' })).toBe(false);
  });

  test('never of a body without an end', () => {
    for (const type of ['text/event-stream', 'text/event-stream;charset=utf-8', 'application/grpc']) {
      expect(inspects([['Content-Type', type]], on), type).toBe(false);
    }
    const forced = `${LEAK}\nSecAction "id:2,phase:3,pass,ctl:forceResponseBodyVariable=On"`;
    expect(inspects([['Content-Type', 'image/png']], on, forced)).toBe(true);
    expect(inspects([['Content-Type', 'multipart/x-mixed-replace; boundary=a']], on, forced)).toBe(false);
  });

  test('a rule of phase 3 may switch it off', () => {
    const off = `${LEAK}\nSecAction "id:2,phase:3,pass,ctl:responseBodyAccess=Off"`;
    expect(inspects(HTML, on, off)).toBe(false);
  });

  test('only then anything of it is kept', () => {
    const judge = (headers: HeaderList, bytesMax: number) => {
      const policy = { responseBody: { inspect: true, mediaTypes: ['text/html'], bytesMax } };
      const transaction = begin(ruleSetOf(LEAK, policy), headers);
      for (let count = 0; count < 100; count++) transaction.responseBody(Buffer.alloc(1_000, 'x'));
      transaction.responseEnd();
      return transaction.finish();
    };
    const { response } = judge(HTML, 5_500).state;
    expect(response).toMatchObject({ bodyBytes: 100_000, outboundDataError: true });
    expect(response?.bodyText?.length).toBe(5_500);
    expect(buildEvent(judge(HTML, 5_500)).waf.coverage).toMatchObject({
      response_bytes_seen: 100_000,
      skipped: ['response_body: limit'],
    });
    expect(judge([['Content-Type', 'image/png']], 5_500).state.response).toMatchObject({
      bodyBytes: 100_000,
      bodyText: null,
    });
  });
});

describe('a compressed response', () => {
  const ruleSet = ruleSetOf(LEAK, {
    responseBody: { inspect: true, mediaTypes: ['text/html'], bytesMax: 4_096 },
  });
  const judge = (coding: string, body: Uint8Array) => {
    const transaction = begin(ruleSet, [...HTML, ['Content-Encoding', coding]]);
    for (const byte of body) transaction.responseBody(Uint8Array.of(byte));
    transaction.responseEnd();
    return transaction.finish();
  };

  test('is judged as what the client reads', () => {
    const text = Buffer.from('no leak of ours is plain in this');
    expect(judge('gzip', gzipSync(text)).verdict).toMatchObject({ kind: 'deny', ruleId: 1 });
    expect(judge('br', brotliCompressSync(text)).verdict).toMatchObject({ kind: 'deny', ruleId: 1 });
  });

  test('in a coding that is not undone is told as not inspected', () => {
    const result = judge('zstd', Buffer.from('some bytes'));
    expect(result.verdict.kind).toBe('allow');
    expect(buildEvent(result).waf.coverage.skipped).toEqual(['response_body: encoding']);
    const bomb = judge('gzip', gzipSync(Buffer.alloc(1_000_000)));
    expect(buildEvent(bomb).waf.coverage.skipped).toEqual(['response_body: encoding']);
  });
});
