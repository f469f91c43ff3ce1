import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Capture, type CaptureCounts } from '../../src/capture/capture.ts';
import { readCaptured } from '../../src/capture/captured-request.ts';
import { CaptureSeal, makeCaptureKeys, openCapture } from '../../src/capture/format.ts';
import { parseConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { RehearsingInspector } from '../../src/rehearsal/rehearsing-inspector.ts';
import { NO_COVERAGE, openingOf, requestOf, startPool } from '../pool/support.ts';
import { ScriptedExchanges } from '../support/fake-exchange.ts';
import { ALLOW, inspection } from '../support/fake-inspector.ts';

const PATIENCE = { timeout: 20_000, interval: 5 };
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
  const lines: string[] = [];
  const log = createLog('error', { write: (line) => void lines.push(line) });
  const capture = new Capture({ log, now: () => now });
  const inspector = new RehearsingInspector(await startPool({ policies: ['default', 'other'] }));
  inspector.rehearsal = capture;
  capture.begin(config(directory, more, settings));
  onTestFinished(async () => {
    await capture.close();
    rmSync(folder, { recursive: true, force: true });
  });
  /** Once what was copied is written, or is not. */
  const counted = (expected: Partial<CaptureCounts>) =>
    vi.waitFor(() => expect(capture.counts).toMatchObject(expected), PATIENCE);
  const files = (): readonly string[] => readdirSync(directory).map((name) => join(directory, name));
  const written = async () => {
    await capture.close();
    return files().flatMap((file) => {
      const { records, isWhole } = openCapture(readFileSync(file), KEYS.privateKey);
      expect(isWhole).toBe(true);
      return records.map(readCaptured);
    });
  };
  return {
    capture,
    inspector,
    directory,
    files,
    written,
    counted,
    lines,
    pass: (millis: number) => (now += millis),
  };
}

const COPIES_MAX = 64;
/** Without a thread. */
const AT_ONCE = Object.assign(new ScriptedExchanges(), { inspect: () => inspection(ALLOW) });

describe('a capture', () => {
  it('has whole requests of the policies that are named, with what the rules said, for their owner alone', async () => {
    const { inspector, files, written, counted } = await begin();
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
    await counted({ captured: 3 });
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
  });

  it('takes so many a second, and bodies that are not too long', async () => {
    const { inspector, counted, written, pass } = await begin({ perSecondMax: 2 });
    for (let index = 0; index < 5; index++) await inspector.inspect(requestOf({ uri: '/' }));
    pass(1_000);
    await inspector.inspect(requestOf({ uri: '/' }));
    inspector.open({ ...openingOf(), bodyBytesExpected: 2_000_000 }).abandon();
    inspector.open(openingOf()).abandon();
    await counted({ captured: 3, rate: 3, body: 1, cut: 1 });
    expect(await written()).toHaveLength(3);
  });

  it('stops where its folder is full, also with what was there before', async () => {
    const { inspector, capture, directory, written, counted } = await begin(
      { perSecondMax: 100 },
      { bytesMax: 1_048_576 },
    );
    const body = 'x'.repeat(200_000);
    for (let index = 0; index < 8; index++) await inspector.inspect(requestOf({ body }));
    await counted({ captured: 5, full: 3 });
    expect(await written()).toHaveLength(5);
    capture.begin(config(directory, { perSecondMax: 100 }, { bytesMax: 1_048_576 }));
    expect(capture.bytes).toBeGreaterThan(800_000);
    await inspector.inspect(requestOf({ body }));
    await counted({ captured: 5, full: 4 });
  });

  it('is none where the configuration says nothing of it', async () => {
    const { inspector, capture, directory } = await begin();
    capture.begin(parseConfig('policies: {default: {mode: Block}}', '/sluice.yaml'));
    await inspector.inspect(requestOf({ uri: '/?a=evil' }));
    await capture.close();
    expect([capture.counts.captured, existsSync(directory)]).toEqual([0, false]);
  });

  it('seals and writes behind the answer, and has a bound until then', async () => {
    const { capture, directory, counted } = await begin({ perSecondMax: 1_000 });
    const inspector = new RehearsingInspector(AT_ONCE);
    inspector.rehearsal = capture;
    for (let index = 0; index < COPIES_MAX + 6; index++) void inspector.inspect(requestOf({ body: 'a=1' }));
    await Promise.resolve();
    expect([capture.counts.captured, existsSync(directory)]).toEqual([0, false]);
    await counted({ captured: COPIES_MAX, busy: 6 });
  });

  it('writes nothing for a key that is in force no more, and keeps what waited for the disk', async () => {
    const { capture, inspector, directory, files } = await begin();
    const exchange = inspector.open(openingOf({ id: 'two' }));
    await exchange.requestHeaders();
    const body = 'x'.repeat(100_000);
    for (let index = 0; index < 10; index++) await inspector.inspect(requestOf({ body }));
    await exchange.requestEnd(false);
    const next = makeCaptureKeys();
    capture.begin(config(directory, { key: next.publicKey }));
    await exchange.finish(NO_COVERAGE);
    await inspector.inspect(requestOf({}));
    await capture.close();
    const { captured, cut } = capture.counts;
    expect([captured + cut, capture.counts.failed]).toEqual([12, 0]);
    expect(cut).toBeGreaterThan(0);
    const opened = files().map((file) => {
      const whole = readFileSync(file);
      const isOld = whole.includes(Buffer.from(KEYS.publicKey, 'base64'));
      return { ...openCapture(whole, (isOld ? KEYS : next).privateKey), isOld };
    });
    const found = opened.map(({ records, isWhole, isOld }) => [isOld, records.length, isWhole]);
    expect(found.toSorted()).toEqual([
      [false, 1, true],
      [true, captured - 1, true],
    ]);
  });

  it('has one file on a disk that is full, with what it took, and counts the others', async ({ skip }) => {
    const { inspector, directory, files, counted, capture } = await begin();
    mkdirSync(directory);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', directory]);
    if (mounted.status !== 0) skip('mounting a small tmpfs takes root');
    onTestFinished(() => void spawnSync('umount', [directory]));
    const body = 'x'.repeat(100_000);
    for (let index = 0; index < 12; index++) await inspector.inspect(requestOf({ body }));
    await counted({ captured: 2, failed: 10 });
    await capture.close();
    const [file = '', ...others] = files();
    expect(others).toEqual([]);
    expect(openCapture(readFileSync(file), KEYS.privateKey).records).toHaveLength(2);
    capture.begin(config(directory));
    await inspector.inspect(requestOf({ body }));
    await counted({ captured: 2, failed: 11 });
    await capture.close();
    // What took no request is gone.
    expect(files()).toEqual([file]);
    expect(capture.bytes).toBeLessThanOrEqual(262_144);
  });

  it.each([
    ['no folder can be made', '/dev/null/nowhere'],
    // A folder of the kernel's own, which takes no file of anybody.
    ['no file can be made', '/proc/self/task'],
  ])(
    'leaves answers as they are where %s, asks the disk once a minute, and says so once',
    async (_, directory) => {
      const { inspector, counted, pass, lines } = await begin({}, { directory });
      expect((await inspector.inspect(requestOf({ uri: '/?a=evil' }))).verdict.kind).toBe('deny');
      await counted({ captured: 0, failed: 1 });
      for (let index = 0; index < 5; index++) await inspector.inspect(requestOf({ uri: '/' }));
      await counted({ captured: 0, failed: 6 });
      expect(lines).toHaveLength(1);
      pass(60_000);
      await inspector.inspect(requestOf({ uri: '/' }));
      await counted({ captured: 0, failed: 7 });
      await vi.waitFor(() => expect(lines).toHaveLength(2), PATIENCE);
    },
  );

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
