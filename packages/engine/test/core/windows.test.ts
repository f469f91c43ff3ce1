import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import {
  buildEvent,
  type HeaderList,
  type RuleSet,
  type Transaction,
  type TransactionOptions,
  work,
  workSince,
} from '../../src/index.ts';
import { WINDOW_LIMITS } from '../../src/limits.ts';
import { attributesOf, engine, judge, ruleSetOf } from './support.ts';

const OCTETS: HeaderList = [['Content-Type', 'application/octet-stream']];
const MULTIPART: HeaderList = [['Content-Type', 'multipart/form-data; boundary=bnd']];
const ATTACK = 'very evil thing';
const FIRST = 200_000;
const LIMITS = `SecRequestBodyLimit 1000000\nSecRequestBodyNoFilesLimit ${FIRST}\n`;
const RULES = `${LIMITS}SecRule REQUEST_BODY "@contains ${ATTACK}" "id:1,phase:2,deny"`;
const { windowBytes, overlapBytes } = WINDOW_LIMITS;

function begin(rules: RuleSet, headers: HeaderList, options: Omit<TransactionOptions, 'store'>) {
  const transaction = engine.transaction(rules, attributesOf({ method: 'POST', headers }), options);
  transaction.requestHeaders();
  return transaction;
}

/** Gives a body in chunks, and asks for a verdict every so many of them; 0 never asks. */
function give(transaction: Transaction, body: Buffer, chunkBytes: number, askEvery: number): void {
  for (let at = 0, count = 1; at < body.length; at += chunkBytes, count++) {
    transaction.requestBody(body.subarray(at, at + chunkBytes));
    if (askEvery > 0 && count % askEvery === 0) transaction.judgeSoFar();
  }
}

/** A body with the attack at a place. */
function bodyWith(bytes: number, at: number): Buffer {
  const body = Buffer.alloc(bytes, 'x');
  body.write(ATTACK, at, 'latin1');
  return body;
}

describe('an octet stream in windows', () => {
  const block = ruleSetOf(RULES);
  const detect = ruleSetOf(RULES, { mode: 'Detect' });

  test('without it, what is longer than the limit is uninspectable', () => {
    const body = bodyWith(FIRST + 1, 0).fill('x');
    const { verdict } = judge(block, { headers: OCTETS, body: body.toString('latin1') });
    expect(verdict).toMatchObject({ kind: 'uninspectable', cause: 'body_size' });
    const transaction = begin(block, OCTETS, { windowed: true });
    give(transaction, body, 4_096, 0);
    transaction.requestEnd();
    const result = transaction.finish();
    expect(result.verdict.kind).toBe('allow');
    expect(buildEvent(result).waf.coverage.skipped).toEqual(['request_body: windowed']);
  });

  test('an attack is found wherever it stands, also across the edges of windows, however the chunks come', () => {
    const step = windowBytes - overlapBytes;
    const edges = [FIRST, FIRST + step, FIRST + 2 * step, FIRST - overlapBytes, FIRST + step - overlapBytes];
    const places = [0, ...edges.flatMap((edge) => [-15, -8, -1, 0, 1].map((by) => edge + by)), 499_985];
    for (const place of places) {
      for (const [chunkBytes, askEvery] of [
        [500_000, 0],
        [65_536, 1],
        [10_007, 3],
      ] as const) {
        const transaction = begin(detect, OCTETS, { windowed: true });
        give(transaction, bodyWith(500_000, place), chunkBytes, askEvery);
        transaction.requestEnd();
        const { verdict, matches } = transaction.finish();
        expect(verdict, `${place} in ${chunkBytes}`).toMatchObject({ kind: 'deny', ruleId: 1 });
        expect(matches.map(({ rule }) => rule.data.id)).toEqual([1]);
      }
    }
  });

  test('Block is told by the next judgement, though the window has gone on, and so is the event', () => {
    const transaction = begin(block, OCTETS, { windowed: true });
    transaction.requestBody(bodyWith(FIRST + 3 * windowBytes, 5));
    expect(transaction.judgeSoFar()).toMatchObject({ kind: 'deny', ruleId: 1 });
    const event = buildEvent(transaction.finish());
    expect(event.event).toMatchObject({ type: ['denied'], action: 'deny' });
    expect(event.waf.rules).toMatchObject([{ id: '1', targets: [{ variable: 'REQUEST_BODY' }] }]);
  });

  test('a limit of its own holds', () => {
    const transaction = begin(block, OCTETS, { windowed: true, filesBytesMax: 300_000 });
    expect(transaction.bodyBytesMax).toBe(300_000);
    give(transaction, Buffer.alloc(300_001, 'x'), 65_536, 1);
    expect(transaction.requestEnd()).toMatchObject({ kind: 'uninspectable', cause: 'body_size' });
  });
});

describe('what asking costs', () => {
  const pattern = ruleSetOf(`SecRule REQUEST_BODY "@rx evil[a-z0-9 ]+thing" "id:1,phase:2,deny"`);
  const MESSAGE = Buffer.alloc(100, 'plain text ');
  const COUNT = 2_000;

  /** Bytes that are scanned where each message is judged when it has come. */
  function scanned(options: Omit<TransactionOptions, 'store'>): number {
    const transaction = begin(pattern, OCTETS, options);
    const before = { ...work };
    for (let count = 0; count < COUNT; count++) {
      transaction.requestBody(MESSAGE);
      expect(transaction.judgeSoFar().kind).toBe('allow');
    }
    return workSince(before).bytesScanned;
  }

  test('is no more than what has come since, what stands before that, and each byte a few times', () => {
    const bytes = COUNT * MESSAGE.length;
    for (const windowed of [false, true]) {
      const most = COUNT * (overlapBytes + MESSAGE.length) + 4 * bytes;
      expect(scanned({ windowed })).toBeGreaterThan(bytes);
      expect(scanned({ windowed })).toBeLessThan(most);
    }
  });

  test('finds what is torn apart by a question', () => {
    for (const cut of [1, 4, 5, 7, 11]) {
      const transaction = begin(pattern, OCTETS, {});
      transaction.requestBody(Buffer.alloc(50_000, 'x'));
      transaction.judgeSoFar();
      const attack = 'evil12345thing';
      transaction.requestBody(Buffer.from(attack.slice(0, cut)));
      expect(transaction.judgeSoFar().kind).toBe('allow');
      transaction.requestBody(Buffer.from(attack.slice(cut)));
      expect(transaction.judgeSoFar(), `${cut}`).toMatchObject({ kind: 'deny', ruleId: 1 });
    }
  });
});

describe('a limit for files', () => {
  const head = '--bnd\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n';
  const limited = ruleSetOf('SecRequestBodyLimit 1000\nSecRequestBodyNoFilesLimit 500\n');
  const judged = (bytes: number, options: Omit<TransactionOptions, 'store'>, field = '') => {
    const transaction = begin(limited, MULTIPART, options);
    transaction.requestBody(Buffer.from(`${field}${head}${'x'.repeat(bytes)}\r\n--bnd--\r\n`));
    return transaction.requestEnd();
  };

  test('files count against SecRequestBodyLimit, unless they have a limit of their own', () => {
    expect(judged(2_000, {})).toMatchObject({ kind: 'uninspectable', cause: 'body_size' });
    expect(judged(2_000, { filesBytesMax: 2_000 }).kind).toBe('allow');
    expect(judged(2_001, { filesBytesMax: 2_000 })).toMatchObject({ cause: 'body_size' });
    expect(judged(50, { filesBytesMax: 49 })).toMatchObject({ cause: 'body_size' });
  });

  test('what is no file keeps its limit', () => {
    const field = `--bnd\r\nContent-Disposition: form-data; name="a"\r\n\r\n${'y'.repeat(501)}\r\n`;
    expect(judged(10, { filesBytesMax: 9_000 }, field)).toMatchObject({ cause: 'body_size' });
  });

  test('a policy may say it', () => {
    const policy = ruleSetOf('SecRequestBodyLimit 1000\n', { requestBody: { filesBytesMax: 5_000 } });
    const transaction = begin(policy, MULTIPART, {});
    transaction.requestBody(Buffer.from(`${head}${'x'.repeat(5_000)}\r\n--bnd--\r\n`));
    expect(transaction.requestEnd().kind).toBe('allow');
    expect(begin(policy, OCTETS, {}).bodyBytesMax).toBe(1_000);
  });
});

describe('256 MiB', () => {
  const BYTES = 268_435_456;
  const CHUNK = Buffer.alloc(65_536, 'content of a file\r\n--with lines\r\n');
  /** Of what is still in use: twice a window, in the two bytes a character that a string may take. */
  const GROWTH_MAX = 8_388_608;
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const rules = ruleSetOf('SecRule REQUEST_BODY|ARGS "@contains evil" "id:1,phase:2,deny"');

  function growthOf(headers: HeaderList, first: string, options: Omit<TransactionOptions, 'store'>) {
    const transaction = begin(rules, headers, options);
    transaction.requestBody(Buffer.from(first));
    const used = (): number => {
      collect();
      const { heapUsed, external, arrayBuffers } = process.memoryUsage();
      return heapUsed + external + arrayBuffers;
    };
    const before = used();
    let most = 0;
    for (let at = 0; at < BYTES; at += CHUNK.length) {
      if (transaction.requestBody(CHUNK)) expect(transaction.judgeSoFar().kind).toBe('allow');
      if (at % (256 * CHUNK.length) === 0) most = Math.max(most, used() - before);
    }
    return { most, transaction };
  }

  test('of a file leave nothing behind', () => {
    const head = '--bnd\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n';
    const { most, transaction } = growthOf(MULTIPART, head, { filesBytesMax: 2 * BYTES });
    transaction.requestBody(Buffer.from('\r\n--bnd--\r\n'));
    expect(transaction.requestEnd().kind).toBe('allow');
    expect(most).toBeLessThan(GROWTH_MAX);
  });

  test('of an octet stream leave one window behind', () => {
    const { most, transaction } = growthOf(OCTETS, 'x', { windowed: true });
    transaction.requestBody(Buffer.from('evil'));
    expect(transaction.requestEnd().kind).toBe('deny');
    expect(most).toBeLessThan(GROWTH_MAX);
  });
});
