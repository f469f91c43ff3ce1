import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { BenchCase } from '../bench/engine/cases/case.ts';
import { CASES, casesNamed } from '../bench/engine/cases/index.ts';
import { ownTraffic } from '../bench/engine/cases/own.ts';
import { ENGLISH, encode, prose } from '../bench/engine/cases/words.ts';
import { Corpus, Sent } from '../bench/engine/corpus.ts';
import { parseEngineOptions } from '../bench/engine/options.ts';
import { Random } from '../bench/engine/random.ts';
import { type BenchRequest, bytesOf, digestOf } from '../bench/engine/request.ts';
import { ownFiles } from '../bench/engine/rules.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

const file = (name: string, content: string): string => {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
};

const take = (name: string, count: number, seed = '1'): readonly BenchRequest[] =>
  new Corpus(casesNamed(name)[0] as BenchCase, seed, new Sent()).take(count);

const SMALL = CASES.filter(({ name }) => !/^text1/.test(name));

describe('the requests of a benchmark', () => {
  it.each(CASES.map(({ name }) => name))(
    'are the same for the same seed and others for another: %s',
    (name) => {
      const count = name === 'text1m' ? 1 : 3;
      const digests = (seed: string) => take(name, count, seed).map(digestOf);
      expect(digests('1')).toEqual(digests('1'));
      expect(digests('1')).not.toEqual(digests('2'));
    },
  );

  it.each(SMALL.map(({ name }) => name))('never come twice in a run: %s', (name) => {
    expect(new Set(take(name, 2_000).map(digestOf)).size).toBe(2_000);
  });

  it('are refused where a case repeats itself, also across corpora of one run', () => {
    const stuck: BenchCase = {
      ...(casesNamed('get')[0] as BenchCase),
      make: () => take('get', 1)[0] as BenchRequest,
    };
    expect(() => new Corpus(stuck, '1', new Sent()).take(2)).toThrow('BENCH_REPEATED');
    const sent = new Sent();
    new Corpus(stuck, '1', sent).take(1);
    expect(() => new Corpus(stuck, '2', sent).take(1)).toThrow('BENCH_REPEATED');
  });

  it('are equal in digest only where they are equal', () => {
    const [request] = take('form', 1) as [BenchRequest];
    const others: readonly BenchRequest[] = [
      { ...request, method: 'PUT' },
      { ...request, uri: `${request.uri}?` },
      { ...request, headers: request.headers.slice(1) },
      { ...request, headers: [...request.headers, ['X', '']] },
      { ...request, body: Buffer.concat([request.body, Buffer.from([0])]) },
    ];
    expect(digestOf({ ...request, body: Buffer.from(request.body) })).toBe(digestOf(request));
    for (const other of others) expect(digestOf(other)).not.toBe(digestOf(request));
  });

  it('have the form that their case tells of', () => {
    for (const { uri, headers } of take('get', 50)) {
      expect(headers).toHaveLength(8);
      expect(new URL(uri, 'http://shop.example').searchParams.size).toBe(4);
    }
    for (const { body } of take('json', 50)) {
      expect(JSON.parse(Buffer.from(body).toString())).toHaveProperty('items');
      expect(body.length).toBeGreaterThan(1_350);
      expect(body.length).toBeLessThan(1_450);
    }
    const cookies = take('cookies50', 1)[0]?.headers.find(([name]) => name === 'Cookie')?.[1] ?? '';
    expect(cookies.split('; ')).toHaveLength(50);
  });

  it.each([
    ['text1k', 1_000],
    ['text10k', 10_000],
    ['text100k', 100_000],
    ['text1m', 1_000_000],
  ])('have bodies of the size that %s names', (name, bytes) => {
    const [{ body }] = take(name, 1) as [BenchRequest];
    expect(Math.abs(body.length - bytes) / bytes).toBeLessThan(0.05);
  });

  it('say their own length', () => {
    for (const { name } of CASES)
      for (const { headers, body } of take(name, 2)) {
        const length = headers.find(([header]) => header === 'Content-Length')?.[1];
        expect(Number(length ?? 0)).toBe(body.length);
      }
  });

  it('are counted with their heads', () => {
    const request: BenchRequest = {
      method: 'GET',
      uri: '/',
      protocol: 'HTTP/1.1',
      headers: [['A', 'b']],
      body: Buffer.from('cd'),
    };
    expect(bytesOf(request)).toBe('GET / HTTP/1.1\r\nA: b\r\n\r\ncd'.length);
  });

  it('are made of texts that stop where they should, whatever the size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 3_000 }), fc.string(), (bytes, seed) => {
        const text = prose(new Random(seed), ENGLISH, bytes);
        expect(text.length).toBeGreaterThan(0);
        expect(text.length).toBeLessThan(bytes + 40);
      }),
    );
  });

  it('encode fields as forms do', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(new URLSearchParams(`a=${encode(text)}`).get('a')).toBe(text);
      }),
    );
  });
});

describe("one's own traffic", () => {
  const har = (entries: readonly unknown[]): string => JSON.stringify({ log: { entries } });
  const entry = (url: string, more: object = {}) => ({
    request: { method: 'GET', url, headers: [], ...more },
  });

  it('is taken from a HAR file, request by request, each with an id of its own', () => {
    const posted = { method: 'POST', postData: { mimeType: 'application/json', text: '{"a":1}' } };
    const path = file(
      'a.har',
      har([entry('http://shop.example/a?b=c'), entry('http://shop.example/d', posted)]),
    );
    const [own] = ownTraffic([path], []) as [BenchCase];
    const requests = new Corpus(own, '1', new Sent()).take(101);
    expect(requests.slice(0, 3).map(({ method, uri }) => `${method} ${uri}`)).toEqual([
      'GET /a?b=c',
      'POST /d',
      'GET /a?b=c',
    ]);
    expect(Buffer.from(requests[1]?.body ?? []).toString()).toBe('{"a":1}');
    expect(new Set(requests.map(digestOf)).size).toBe(101);
    for (const { headers } of requests)
      expect(headers.filter(([name]) => name.toLowerCase() === 'x-request-id')).toHaveLength(1);
  });

  it('is taken from files with requests as they go over the wire, or a folder of them', () => {
    const path = file('request.txt', 'POST /p HTTP/1.1\nHost: shop.example\nx-request-id: old\n\na=b');
    const [own] = ownTraffic([], [path]) as [BenchCase];
    const [request] = new Corpus(own, '1', new Sent()).take(1) as [BenchRequest];
    expect(request).toMatchObject({ method: 'POST', uri: '/p', protocol: 'HTTP/1.1' });
    expect(Buffer.from(request.body).toString()).toBe('a=b');
    expect(request.headers.map(([name]) => name.toLowerCase())).toEqual([
      'host',
      'content-length',
      'x-request-id',
    ]);
    expect(request.headers.at(-1)?.[1]).not.toBe('old');
  });

  it('is refused where there is none, or where it is something else', () => {
    expect(() => ownTraffic([file('empty.har', har([]))], [])).toThrow('BENCH_OPTION');
    expect(() => ownTraffic([file('no.har', '{}')], [])).toThrow('INSPECT_NOT_HAR');
    expect(() => ownTraffic([join(directory, 'missing.har')], [])).toThrow('BENCH_OPTION');
    expect(() => ownTraffic([], [file('no.txt', 'hello')])).toThrow('INSPECT_NOT_HTTP');
  });
});

describe('the options of a benchmark', () => {
  it('measure everything where nothing is chosen', () => {
    const options = parseEngineOptions([]);
    expect(options).toMatchObject({ extras: true, seconds: 1, inProcess: false, svg: null, json: false });
    expect(options.cases).toEqual(CASES);
    expect(options.peers).toEqual(['coraza', 'corazaPrefilter', 'libmodsecurity']);
    expect(options.rules).toEqual({ crs: true, paranoia: 1, files: [], memory: true });
  });

  it('measure what is chosen', () => {
    const rules = file('own.conf', 'SecRuleEngine On');
    const options = parseEngineOptions(
      `--cases get,sqli --peers libmodsecurity --paranoia 3 --seconds 0.2 --requests 7 --core 0 --rules ${rules} --no-crs --no-memory`.split(
        ' ',
      ),
    );
    expect(options).toMatchObject({
      extras: false,
      seconds: 0.2,
      requests: 7,
      core: 0,
      peers: ['libmodsecurity'],
    });
    expect(options.cases.map(({ name }) => name)).toEqual(['get', 'sqli']);
    // What rules of one's own deny, nobody knows.
    expect(options.cases.map(({ verdict }) => verdict)).toEqual([null, null]);
    expect(options.rules).toEqual({ crs: false, paranoia: 3, files: [rules], memory: false });
    expect(ownFiles([directory])).toEqual([rules]);
  });

  it.each([
    '--cases nosuch',
    '--peers nosuch',
    '--paranoia 5',
    '--seconds 0',
    '--seconds x',
    '--requests -1',
    '--core x',
    '--rules /nosuch',
    '--unknown',
    'surplus',
  ])('are refused with a code: %s', (line) => {
    expect(() => parseEngineOptions(line.split(' '))).toThrow('BENCH_OPTION');
  });
});
