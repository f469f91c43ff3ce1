import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentCodingOf, inflate } from '../../src/body/content-coding.ts';

const LIMITS = { bytesMax: 1_000_000, inflationRatioMax: 100, isForm: true };
const TEXT = Buffer.from('a=1&b=some text that is long enough to be worth it, worth it, worth it');

describe('contentCodingOf', () => {
  it.each([
    [[], 'identity'],
    [[''], 'identity'],
    [['identity'], 'identity'],
    [['gzip'], 'gzip'],
    [['GZIP'], 'gzip'],
    [[' x-gzip\t'], 'gzip'],
    [['deflate'], 'deflate'],
    [['br'], 'br'],
    [['identity, gzip'], 'gzip'],
    [['identity', 'br'], 'br'],
    [['gzip, gzip'], 'unknown'],
    [['gzip', 'br'], 'unknown'],
    [['compress'], 'unknown'],
    [['zstd'], 'unknown'],
    [['constructor'], 'unknown'],
    [['gzip;q=1'], 'unknown'],
  ])('%j is %s', (fields, coding) => {
    expect(contentCodingOf(fields)).toBe(coding);
  });
});

describe.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['br', brotliCompressSync],
] as const)('%s', (coding, compress) => {
  it('is inflated, of no bytes and of many', () => {
    for (const body of [Buffer.alloc(0), TEXT, Buffer.alloc(60_000, 'x')]) {
      const outcome = inflate(coding, compress(body), LIMITS, false);
      expect(outcome).toMatchObject({ ok: true });
      if (outcome.ok) expect(Buffer.from(outcome.bytes).equals(body)).toBe(true);
    }
  });

  it('that is malformed, ends too early or goes on is an error', () => {
    const whole = compress(TEXT);
    const bad = [TEXT, whole.subarray(0, -1), whole.subarray(0, 3), Buffer.concat([whole, TEXT])];
    for (const body of bad) expect(inflate(coding, body, LIMITS, false)).toMatchObject({ kind: 'encoding' });
  });

  it('of which a part came gives what there is', () => {
    const noise = Buffer.from(Array.from({ length: 40_000 }, (_, index) => (index * index * 31) >> 7));
    const whole = compress(noise);
    const outcome = inflate(coding, whole.subarray(0, whole.length / 2), LIMITS, true);
    expect(outcome.ok).toBe(true);
    if (outcome.ok) {
      expect(outcome.bytes.length).toBeGreaterThan(1_000);
      expect(noise.subarray(0, outcome.bytes.length).equals(outcome.bytes)).toBe(true);
    }
  });

  it('has bounds of bytes and of growth', () => {
    const bomb = compress(Buffer.alloc(900_000, 'x'));
    expect(bomb.length * LIMITS.inflationRatioMax).toBeLessThan(900_000);
    expect(inflate(coding, bomb, LIMITS, false)).toMatchObject({ ok: false, kind: 'size' });
    const allowed = { ...LIMITS, inflationRatioMax: 1_000_000 };
    expect(inflate(coding, bomb, allowed, false)).toMatchObject({ ok: true });
    expect(inflate(coding, bomb, { ...allowed, bytesMax: 899_999 }, false)).toMatchObject({ kind: 'size' });
    expect(inflate(coding, compress(Buffer.alloc(65_536, 'x')), LIMITS, false)).toMatchObject({ ok: true });
  });

  it('gives bytes or an error, whatever the bytes', () => {
    const seed = compress(TEXT);
    const damage = fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(damage, fc.boolean(), (changes, partial) => {
        const bytes = Buffer.from(seed);
        for (const [at, value] of changes) bytes[at] = value;
        expect(typeof inflate(coding, bytes, LIMITS, partial).ok).toBe('boolean');
      }),
    );
  });
});

describe('gzip', () => {
  it('of several members is all of them', () => {
    const outcome = inflate('gzip', Buffer.concat([gzipSync('a=1'), gzipSync('&b=2')]), LIMITS, false);
    expect(outcome.ok && Buffer.from(outcome.bytes).toString()).toBe('a=1&b=2');
  });

  it('that was stored and not compressed is inflated all the same', () => {
    const stored = gzipSync(TEXT, { level: constants.Z_NO_COMPRESSION });
    expect(inflate('gzip', stored, LIMITS, false)).toMatchObject({ ok: true });
  });
});

describe('text beside compressed data', () => {
  /** A gzip member with a name in its header (RFC 1952 §2.3.1). */
  const named = (name: string, body: string | Buffer): Buffer => {
    const plain = gzipSync(body);
    plain[3] = 0x08;
    return Buffer.concat([plain.subarray(0, 10), Buffer.from(`${name}\0`, 'latin1'), plain.subarray(10)]);
  };

  it.each([
    'x&id=1 union select 1',
    '&a=%27or%271%27=%271',
    "&a=' or 1=1--",
    "&a='or'1",
    '\r\n--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nevil\r\n--b--',
  ])('is an error: %j', (name) => {
    expect(inflate('gzip', named(name, 'a=1'), LIMITS, false)).toMatchObject({
      kind: 'encoding',
      message: 'text beside gzip data',
    });
    const second = Buffer.concat([gzipSync('a=1'), named(name, '&b=2')]);
    expect(inflate('gzip', second, LIMITS, false)).toMatchObject({ kind: 'encoding' });
  });

  it('is an error in what compression gives, too: the sender chooses the body', () => {
    const body = Buffer.from('50c619323b9150651e222e1e10692416242815106150', 'hex');
    for (const [coding, compress] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['deflate', deflateRawSync],
    ] as const) {
      const data = compress(body);
      expect(data.includes('&id=1 UNION SELECT 1')).toBe(true);
      expect(inflate(coding, data, LIMITS, false)).toMatchObject({ message: `text beside ${coding} data` });
    }
  });

  it('is an error where a form is not expected, too, but for single arguments', () => {
    const limits = { ...LIMITS, isForm: false };
    expect(inflate('gzip', named("&a=' or 1=1--", '{}'), limits, false)).toMatchObject({ ok: true });
    const parts = '\r\n--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nevil\r\n--b--';
    expect(inflate('gzip', named(parts, '{}'), limits, false)).toMatchObject({ kind: 'encoding' });
  });

  it('is none where it is the name of a file', () => {
    expect(inflate('gzip', named('orders.json', 'a=1'), LIMITS, false)).toMatchObject({ ok: true });
  });

  it('is none where it was stored, and is inspected', () => {
    for (const text of [
      TEXT,
      Buffer.from('&a=some value&b=another value'),
      Buffer.alloc(200_000, 'abc=def&'),
    ]) {
      const stored = gzipSync(text, { level: constants.Z_NO_COMPRESSION });
      expect(inflate('gzip', stored, LIMITS, false)).toMatchObject({ ok: true });
    }
  });

  it('is an error in more places than can be looked for', () => {
    const runs = Buffer.from(`${'a run of text, as long as that'}\x80`.repeat(17), 'latin1');
    const stored = gzipSync(runs, { level: constants.Z_NO_COMPRESSION });
    expect(inflate('gzip', stored, LIMITS, false)).toMatchObject({ kind: 'encoding' });
  });

  it('is none in what compression gives', () => {
    const words = fc.array(fc.constantFrom('alpha', 'beta', '&', '=', ' ', '{"a":', '12', 'Zq'), {
      maxLength: 400,
    });
    fc.assert(
      fc.property(words, fc.constantFrom(gzipSync, deflateSync, brotliCompressSync), (list, compress) => {
        const coding = compress === gzipSync ? 'gzip' : compress === deflateSync ? 'deflate' : 'br';
        const limits = { ...LIMITS, isForm: false };
        expect(inflate(coding, compress(list.join('')), limits, false)).toMatchObject({ ok: true });
      }),
    );
  });
});

it('inflates nothing that it does not know', () => {
  expect(inflate('unknown', TEXT, LIMITS, false)).toMatchObject({ ok: false, kind: 'encoding' });
});
