import { expect, test } from 'vitest';
import { foldHeadsAfter, type HttpRequestAttributes } from '../../src/index.ts';
import { attributesOf, engine, refusalOf, ruleSetOf } from './support.ts';

const ruleSet = ruleSetOf('');

test('attributes that are no bytes are refused, whichever they are, and bytes are not', () => {
  const fine = attributesOf({ uri: '/\xff?\x80', headers: [['Host', '\xe9\xff']] });
  expect(engine.transaction(ruleSet, fine).requestHeaders().kind).toBe('allow');
  const parts: readonly [string, Partial<HttpRequestAttributes>][] = [
    ['the id', { id: 'Ā' }],
    ['the method', { method: 'GET€' }],
    ['the request target', { uri: '/?q=😀' }],
    ['the protocol', { protocol: 'HTTP/1.1\u2028' }],
    ["the client's address", { client: { address: '１', port: 1 } }],
    ["the server's address", { server: { address: '１', port: 1 } }],
    [
      'header 2',
      {
        headers: [
          ['Host', 'a'],
          ['X-€', 'a'],
        ],
      },
    ],
    [
      'header 1',
      {
        headers: [
          ['Host', 'aĀ'],
          ['X', 'a'],
        ],
      },
    ],
  ];
  for (const [what, part] of parts) {
    const error = refusalOf(() => engine.transaction(ruleSet, { ...fine, ...part }));
    expect(error.code).toBe('ATTRIBUTES_NOT_BYTES');
    expect(error.details).toEqual({ what });
  }
});

test('a head of names that are no bytes is refused each time, also once it is known', () => {
  foldHeadsAfter(0);
  try {
    const bad = attributesOf({ headers: [['X-€', 'a']] });
    const fine = attributesOf({ headers: [['X-A', 'a']] });
    for (let time = 0; time < 3; time++) {
      expect(refusalOf(() => engine.transaction(ruleSet, bad)).details).toEqual({ what: 'header 1' });
      expect(engine.transaction(ruleSet, fine).requestHeaders().kind).toBe('allow');
    }
    const value = attributesOf({ headers: [['X-A', '€']] });
    expect(refusalOf(() => engine.transaction(ruleSet, value)).details).toEqual({ what: 'header 1' });
  } finally {
    foldHeadsAfter();
  }
});

test('so are those of a response', () => {
  const transaction = engine.transaction(ruleSet, attributesOf({}));
  transaction.requestHeaders();
  transaction.requestEnd();
  const response = { status: 200, protocol: 'HTTP/1.1', headers: [['X', '€']] as const };
  expect(refusalOf(() => transaction.responseHeaders(response)).code).toBe('ATTRIBUTES_NOT_BYTES');
});
