import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Capture } from '../../src/capture/capture.ts';
import { readCaptured } from '../../src/capture/captured-request.ts';
import { CaptureSeal, makeCaptureKeys, openCapture } from '../../src/capture/format.ts';
import { parseConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { RehearsingInspector } from '../../src/rehearsal/rehearsing-inspector.ts';
import { NO_COVERAGE, openingOf, requestOf, startPool } from '../pool/support.ts';

const KEYS = makeCaptureKeys();

describe('a capture’s file', () => {
  const sealed = (texts: readonly string[]): { readonly parts: readonly Buffer[]; readonly end: Buffer } => {
    const seal = new CaptureSeal(KEYS.publicKey);
    return { parts: [seal.head, ...texts.map((text) => seal.seal(Buffer.from(text)))], end: seal.end() };
  };
  const textsOf = (file: Buffer): readonly string[] =>
    openCapture(file, KEYS.privateKey).records.map((record) => record.toString());

  it('is opened by the private key, and has nothing in it that can be read', () => {
    const { parts, end } = sealed(['a secret', '', 'another']);
    const file = Buffer.concat([...parts, end]);
    expect(textsOf(file)).toEqual(['a secret', '', 'another']);
    expect(openCapture(file, KEYS.privateKey).isWhole).toBe(true);
    expect(file.includes('secret')).toBe(false);
  });

  it('is opened by no other key', () => {
    const { parts, end } = sealed(['a']);
    const file = Buffer.concat([...parts, end]);
    expect(() => openCapture(file, makeCaptureKeys().privateKey)).toThrow(`for the key ${KEYS.publicKey}`);
    expect(() => openCapture(file, 'no key')).toThrow('CAPTURE_KEY');
  });

  it('says where it ends too early, and refuses what was moved, left out or changed', () => {
    const { parts, end } = sealed(['a', 'b', 'c']);
    const [head = Buffer.alloc(0), a = head, b = head, c = head] = parts;
    const opened = openCapture(Buffer.concat([head, a, b, c.subarray(0, 9)]), KEYS.privateKey);
    expect([opened.records.length, opened.isWhole]).toEqual([2, false]);
    expect(openCapture(Buffer.concat([head, a, b, c]), KEYS.privateKey).isWhole).toBe(false);
    const changed = Buffer.from(b);
    changed[6] = (changed[6] ?? 0) ^ 1;
    for (const wrong of [
      [head, b, a, c, end],
      [head, a, c, end],
      [head, a, b, end],
      [head, a, changed, c, end],
      [head, a, b, c, end, a],
      [Buffer.from('something else'), a],
    ]) {
      expect(() => openCapture(Buffer.concat(wrong), KEYS.privateKey)).toThrow('CAPTURE_DAMAGED');
    }
  });
});

const config = (directory: string, more: object = {}, settings: object = {}) =>
  parseConfig(
    JSON.stringify({
      policies: { default: { mode: 'Block' }, other: {} },
      select: { stricter: [{ hosts: ['admin.example'], paranoia: 2 }] },
      capture: { directory, policies: { default: { key: KEYS.publicKey, ...more } }, ...settings },
    }),
    '/sluice.yaml',
  );

async function begin(more: object = {}, settings: object = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-capture-'));
  const directory = join(folder, 'capture');
  let now = 1_000_000;
  const capture = new Capture({ log: createLog('silent'), now: () => now });
  const inspector = new RehearsingInspector(await startPool({ policies: ['default', 'other'] }));
  inspector.rehearsal = capture;
  capture.begin(config(directory, more, settings));
  onTestFinished(async () => {
    await capture.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const files = (): readonly string[] => readdirSync(directory).map((name) => join(directory, name));
  const written = async () => {
    await capture.close();
    return files().flatMap((file) => {
      const { records, isWhole } = openCapture(readFileSync(file), KEYS.privateKey);
      expect(isWhole).toBe(true);
      return records.map(readCaptured);
    });
  };
  return { capture, inspector, directory, files, written, pass: (millis: number) => (now += millis) };
}

describe('a capture', () => {
  it('has whole requests of the policies that are named, with what the rules said, for their owner alone', async () => {
    const { inspector, capture, files, written } = await begin();
    const evil = requestOf({ uri: '/?a=evil', id: 'one', body: 'b=\xff\x00' });
    expect((await inspector.inspect(evil)).verdict.kind).toBe('deny');
    await inspector.inspect(requestOf({ uri: '/?a=good', id: 'two' }));
    await inspector.inspect(requestOf({ uri: '/?a=evil', policy: 'other' }));
    const exchange = inspector.open(openingOf({ uri: '/upload', id: 'three' }));
    await exchange.requestHeaders();
    await exchange.requestChunk(Buffer.from('x=1&'));
    await exchange.requestChunk(Buffer.from('y=2'));
    await exchange.requestEnd(false);
    await exchange.finish(NO_COVERAGE);
    const found = await written();
    expect(
      found.map(({ attributes, wouldBlock, rules, policy }) => [attributes.id, wouldBlock, rules, policy]),
    ).toEqual([
      ['one', true, [1], 'default'],
      ['two', false, [], 'default'],
      ['three', false, [], 'default'],
    ]);
    expect(found[0]).toMatchObject({ at: 1_000_000, attributes: evil.attributes, bodyComplete: true });
    expect(found.map(({ body }) => Buffer.from(body).toString('latin1'))).toEqual([
      'b=\xff\x00',
      '',
      'x=1&y=2',
    ]);
    const [file = ''] = files();
    expect([statSync(file).mode & 0o777, statSync(join(file, '..')).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(capture.counts.captured).toBe(3);
  });

  it('takes so many a second, and bodies that are not too long', async () => {
    const { inspector, capture, written, pass } = await begin({ perSecondMax: 2 });
    for (let index = 0; index < 5; index++) await inspector.inspect(requestOf({ uri: '/' }));
    pass(1_000);
    await inspector.inspect(requestOf({ uri: '/' }));
    inspector.open({ ...openingOf(), bodyBytesExpected: 2_000_000 }).abandon();
    inspector.open(openingOf()).abandon();
    expect(capture.counts).toMatchObject({ captured: 3, rate: 3, body: 1, cut: 1 });
    expect(await written()).toHaveLength(3);
  });

  it('stops where its folder is full, also with what was there before', async () => {
    const { inspector, capture, directory, written } = await begin(
      { perSecondMax: 100 },
      { bytesMax: 1_048_576 },
    );
    const body = 'x'.repeat(200_000);
    for (let index = 0; index < 8; index++) await inspector.inspect(requestOf({ body }));
    expect(capture.counts).toMatchObject({ captured: 5, full: 3 });
    expect(await written()).toHaveLength(5);
    capture.begin(config(directory, { perSecondMax: 100 }, { bytesMax: 1_048_576 }));
    expect(capture.bytes).toBeGreaterThan(800_000);
    await inspector.inspect(requestOf({ body }));
    expect(capture.counts.captured).toBe(5);
  });

  it('is none where the configuration says nothing of it', async () => {
    const { inspector, capture, directory } = await begin();
    capture.begin(parseConfig('policies: {default: {mode: Block}}', '/sluice.yaml'));
    await inspector.inspect(requestOf({ uri: '/?a=evil' }));
    expect([capture.counts.captured, existsSync(directory)]).toEqual([0, false]);
  });

  it('leaves answers as they are where nothing can be written', async () => {
    const { inspector, capture } = await begin({}, { directory: '/dev/null/nowhere' });
    expect((await inspector.inspect(requestOf({ uri: '/?a=evil' }))).verdict.kind).toBe('deny');
    expect(capture.counts).toMatchObject({ captured: 0, failed: 1 });
  });

  it.each([
    [{ key: 'AAAA' }, /public key/],
    [{ key: Buffer.alloc(32).toString('base64') }, /public key/],
    [{ key: KEYS.privateKey }, /public key/],
  ])('is refused with a key that is none: %j', (more, words) => {
    expect(() => config('/tmp/x', more)).toThrow(words);
  });

  it('is refused for a policy that is not there', () => {
    const text = JSON.stringify({ capture: { directory: 'x', policies: { shop: { key: KEYS.publicKey } } } });
    expect(() => parseConfig(text, '/sluice.yaml')).toThrow('there is no policy shop');
  });
});
