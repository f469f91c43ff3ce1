/** Requests captured by a server behind a real Envoy, and judged again: with exclusions, and exactly. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import {
  type ReplayFlags,
  type ReplayReport,
  runReplay,
} from '../../packages/cli/src/promote/replay/command.ts';
import { runCaptureKey } from '../../packages/cli/src/promote/replay/make-key.ts';
import { CaptureSeal, makeCaptureKeys } from '../../packages/server/src/capture/format.ts';
import { call } from '../envoy-client.ts';
import { type Stack, startStack } from '../envoy-stack.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded', cookie: 'session=0123456789abcdef' };
const SQLI = "' UNION SELECT username,password FROM users--";
/** A false positive of the CRS: people write about a shell. */
const COMMENT = 'it is time to ping me';
const form = (field: string, value: string): string => `author=u1&${field}=${encodeURIComponent(value)}`;

const EXCLUSION = { rules: [932_235, 932_230, 932_236], targets: ['ARGS:comment'], paths: ['/posts'] };

describe('a capture', () => {
  const directory = new TemporaryDirectory('sluice-replay-');
  const keyPath = directory.join('key.pem');
  const captures = directory.join('capture');
  const config = directory.join('sluice.yaml');
  let stack: Stack;

  beforeAll(async () => {
    let key = '';
    runCaptureKey(keyPath, { stdout: { write: (text) => (key += text) } });
    const policies = { default: { mode: 'Detect' } };
    const capture = { directory: captures, policies: { default: { key: key.trim() } } };
    stack = await startStack({ mode: 'Detect', settings: { policies, capture } });
    writeFileSync(config, JSON.stringify({ policies }));
    const post = (path: string, body: string) =>
      call(stack.port, { method: 'POST', path, headers: FORM, body });
    for (let index = 0; index < 5; index++) await call(stack.port, { path: `/products/${index}?q=lamp` });
    for (let index = 0; index < 3; index++) await post('/posts', form('comment', COMMENT));
    expect((await post('/posts', form('comment', SQLI))).status).toBe(200);
    await post('/search', form('q', SQLI));
    await stack.sluice.kill('SIGTERM');
  }, 120_000);
  afterAll(async () => {
    await stack?.stop();
    directory.remove();
  });

  function replay(flags: Partial<ReplayFlags> = {}, paths = [captures]): ReplayReport {
    let out = '';
    const all = { key: keyPath, config, json: true as const, ...flags };
    expect(runReplay(paths, all, { stdout: { write: (text) => (out += text) } })).toBe(0);
    return JSON.parse(out);
  }

  it('has all requests, and nothing in it that can be read', () => {
    const files = readdirSync(captures).map((name) => readFileSync(directory.join(`capture/${name}`)));
    expect(files).toHaveLength(1);
    for (const word of ['UNION', 'session', '0123456789abcdef', 'cookie', '/posts']) {
      expect(
        files.some((file) => file.includes(word)),
        word,
      ).toBe(false);
    }
    expect(statSync(keyPath).mode & 0o777).toBe(0o600);
    expect(replay()).toMatchObject({ files: 1, requests: 10, incomplete: [], passedOver: 0 });
  });

  it('says exactly what Block would stop', () => {
    const { stoppedAsItIs, stopped, blocked, letPass } = replay();
    expect([stoppedAsItIs, stopped, letPass]).toEqual([5, 5, []]);
    expect(blocked.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      ...Array.from({ length: 4 }, () => 'POST /posts'),
      'POST /search',
    ]);
    const search = blocked.find(({ path }) => path === '/search');
    expect(search?.matched).toContainEqual({ rule: 942_100, target: 'ARGS:q', score: 5 });
    // The ids that Sluice gave, for its events.
    const events = stack.sluice.lines.filter((line) => 'waf' in line);
    const ids = events.map((event) => Object(Object(event.http).request).id);
    expect(ids).toEqual(expect.arrayContaining(blocked.map(({ id }) => id)));
  });

  it.each([
    ['a list', [EXCLUSION]],
    [
      'what promote prints',
      { exclusions: { proposed: [{ exclusion: EXCLUSION, policy: 'default', hits: 3 }] } },
    ],
    ['what exclude prints', { policy: 'default', exclusions: [{ exclusion: EXCLUSION }] }],
  ])('says what exclusions would let pass, which are given as %s', (_, exclusions) => {
    const file = directory.join('with.json');
    writeFileSync(file, JSON.stringify(exclusions));
    const { stoppedAsItIs, stopped, blocked, letPass } = replay({ with: file });
    expect([stoppedAsItIs, stopped]).toEqual([5, 2]);
    expect(letPass.map(({ path }) => path)).toEqual(['/posts', '/posts', '/posts']);
    // The attack in the same field is none of them.
    expect(blocked.map(({ path }) => path).sort()).toEqual(['/posts', '/search']);
  });

  it('is told for people by what is stopped and where', () => {
    let out = '';
    const file = directory.join('with.json');
    writeFileSync(file, JSON.stringify([EXCLUSION]));
    runReplay(
      [captures],
      { key: keyPath, config, with: file },
      { stdout: { write: (text) => (out += text) } },
    );
    expect(out).toContain('Block stops 5 of them by the policy as it is\n');
    expect(out).toContain('Block stops 2 of them with the exclusions, which let 3 pass\n');
    expect(out).toMatch(/3 requests of 1 sources {2}POST \/posts {2}932235 in ARGS:comment/);
  });

  it('says where its end is missing, and reads what is there', () => {
    const [name = ''] = readdirSync(captures);
    const whole = readFileSync(directory.join(`capture/${name}`));
    const cut = directory.join('cut.slcap');
    writeFileSync(cut, whole.subarray(0, whole.byteLength - 40));
    expect(replay({}, [cut])).toMatchObject({ requests: 9, incomplete: [cut] });
  });

  it('is read from a folder that has more: what has only begun, and what is for another key', () => {
    const [name = ''] = readdirSync(captures);
    const whole = readFileSync(directory.join(`capture/${name}`));
    const folder = directory.join('more');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a-empty.slcap'), '');
    writeFileSync(join(folder, 'b-head.slcap'), whole.subarray(0, 40));
    writeFileSync(join(folder, 'c-other.slcap'), new CaptureSeal(makeCaptureKeys().publicKey).head);
    writeFileSync(join(folder, 'd-whole.slcap'), whole);
    const report = replay({}, [folder]);
    expect(report).toMatchObject({ files: 3, requests: 10, otherKeys: [join(folder, 'c-other.slcap')] });
    expect(report.incomplete).toEqual(['a-empty.slcap', 'b-head.slcap'].map((each) => join(folder, each)));
    expect(() => replay({}, [join(folder, 'c-other.slcap')])).toThrow(/c-other\.slcap.*CAPTURE_KEY/);
    writeFileSync(join(folder, 'e-none.slcap'), 'something else');
    expect(() => replay({}, [folder])).toThrow(/e-none\.slcap.*CAPTURE_DAMAGED/);
  });

  it('is judged with what makes a policy stricter for some requests', () => {
    const file = directory.join('stricter.yaml');
    const policies = { default: { mode: 'Detect' } };
    const select = { stricter: [{ hosts: ['shop.example'], deny: ['127.0.0.0/8'] }] };
    writeFileSync(file, JSON.stringify({ policies, select }));
    expect(replay({ config: file })).toMatchObject({ requests: 10, stopped: 10 });
  });

  it('is not opened by another key, nor overwrites one', () => {
    const other = directory.join('other.pem');
    const stdout = { write: () => true };
    runCaptureKey(other, { stdout });
    expect(() => replay({ key: other })).toThrow('CAPTURE_KEY');
    expect(() => runCaptureKey(other, { stdout })).toThrow('PROMOTE_OPTION');
    expect(() => replay({ policy: 'nobody' })).toThrow('PROMOTE_POLICY');
  });
});
