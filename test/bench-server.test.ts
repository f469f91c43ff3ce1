import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BenchCase } from '../bench/engine/cases/case.ts';
import { CASES, casesNamed } from '../bench/engine/cases/index.ts';
import { Random } from '../bench/engine/random.ts';
import type { Running } from '../bench/server/contenders.ts';
import { findPlaces, placesFor } from '../bench/server/cores.ts';
import { templateOf, templatesOf } from '../bench/server/corpus.ts';
import { Load } from '../bench/server/load.ts';
import { Measurement } from '../bench/server/measure.ts';
import { parseServerOptions } from '../bench/server/options.ts';
import { type ServerReport, withRatios } from '../bench/server/report.ts';
import { renderServerReport } from '../bench/server/table.ts';
import type { EnvoyProcess } from '../packages/cli/src/envoy/process.ts';
import { TemporaryDirectory } from '../packages/cli/src/envoy/temporary.ts';
import { repositoryRoot } from '../packages/cli/src/setup/paths.ts';

const directory = new TemporaryDirectory('sluice-bench-test-');
let load: Load;
beforeAll(async () => {
  load = await Load.start((await findPlaces()).load, directory);
});
afterAll(async () => {
  await load.close();
  directory.remove();
});

const named = (name: string): BenchCase => casesNamed(name)[0] as BenchCase;

/** What a server saw: request line, headers and body of each request. */
async function listening(denies: (asked: number) => boolean = () => false) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(denies(seen.length) ? 403 : 200, { 'content-length': '2' });
      const head = `${request.method} ${request.url} ${request.rawHeaders.join('|')}`;
      seen.push(`${head} ${Buffer.concat(chunks).toString('latin1')}`);
      response.end('ok');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { seen, port, close: () => void server.close() };
}

const ONCE = { connections: 2, millis: 100, expected: 200 } as const;

describe('the load', () => {
  it('sends no request twice, and the same ones again when it is asked to begin anew', async () => {
    const templates = templatesOf(named('form'), '1').slice(0, 3);
    const runs: (readonly string[])[] = [];
    for (const from of [0, 0]) {
      const server = await listening();
      await load.use(templates, '1');
      const first = await load.run({ ...ONCE, port: server.port, from });
      const next = await load.run({ ...ONCE, port: server.port, from: first.next });
      server.close();
      expect(first).toMatchObject({ broken: 0, surprises: [], statuses: { 200: first.requests } });
      expect(next.next).toBe(first.requests + next.requests);
      expect(server.seen).toHaveLength(next.next);
      // More than there are templates.
      expect(new Set(server.seen).size).toBe(server.seen.length);
      expect(server.seen.length).toBeGreaterThan(templates.length);
      runs.push(server.seen);
    }
    const [shorter = [], longer = []] = runs.toSorted((a, b) => a.length - b.length);
    expect(longer).toEqual(expect.arrayContaining([...shorter]));
  });

  it('keeps the bytes of a request but for those that cases draw anew', () => {
    for (const each of CASES) {
      const { bytes, spans } = templateOf(each.make(new Random('1'), 0));
      const own = spans.filter(({ kind }) => kind === 'hex').map(({ length }) => length);
      expect(Math.max(...own), each.name).toBeGreaterThanOrEqual(32);
      for (const { at, length } of spans)
        expect(bytes.toString('latin1', at, at + length)).toMatch(/^[0-9A-Za-z]+$/);
    }
  });

  it('tells what was answered otherwise than expected', async () => {
    const server = await listening((asked) => asked === 4);
    await load.use(templatesOf(named('get'), '2'), '2');
    const result = await load.run({ ...ONCE, connections: 1, port: server.port, from: 100 });
    server.close();
    expect(result).toMatchObject({ surprises: [104], statuses: { 403: 1 } });
  });
});

describe('a measurement', () => {
  const running = (name: Running['name']): Running => ({
    name,
    filter: null,
    sockets: [],
    process: null,
    version: '',
  });

  async function measured(denies: (asked: number) => boolean) {
    const servers = new Map([
      ['bench/sluice', await listening()],
      ['bench/coraza', await listening(denies)],
    ]);
    const envoy = { pid: process.pid, listener: (name: string) => ({ port: servers.get(name)?.port }) };
    await load.use(templatesOf(named('get'), '3'), '3');
    const contenders = [running('sluice'), running('coraza')];
    const stand = { load, envoy: envoy as unknown as EnvoyProcess, contenders, loadCores: 1 };
    const measurement = new Measurement(stand, named('get'));
    const figures = await measurement.run({ connections: [1, 2], seconds: 0.02, rounds: 2 });
    for (const { close } of servers.values()) close();
    return { figures, dissent: measurement.dissent() };
  }

  it('has figures for each contender and number of connections', async () => {
    const { figures, dissent } = await measured(() => false);
    expect(figures.map(({ contender, connections }) => [contender, connections])).toEqual([
      ['sluice', 1],
      ['coraza', 1],
      ['sluice', 2],
      ['coraza', 2],
    ]);
    for (const { rounds, requests, requestsPerSecond } of figures) {
      expect(rounds).toBeGreaterThanOrEqual(1);
      expect(requests).toBeGreaterThan(0);
      expect(requestsPerSecond).toBeGreaterThan(0);
    }
    expect(dissent).toEqual([]);
  });

  it('trips where a contender says otherwise about one request', async () => {
    const { dissent } = await measured((asked) => asked === 3);
    expect(dissent).toHaveLength(1);
    expect(dissent[0]).toMatchObject({ case: 'get', contender: 'coraza' });
    expect(dissent[0]?.reason).toMatch(/^1 of \d+ verdicts differ from those of sluice$/);
  });

  it('compares with Sluice at the same number of connections', async () => {
    const { figures } = await measured(() => false);
    const [figure] = figures;
    if (figure === undefined) throw new TypeError('no figures');
    const of = (contender: 'sluice' | 'coraza', connections: number, cpu: number, p99Us: number) => ({
      ...figure,
      contender,
      connections,
      envoyCpuUs: 100,
      serverCpuUs: cpu,
      p99Us,
    });
    const all = [
      of('sluice', 1, 100, 5),
      of('coraza', 1, 900, 10),
      of('sluice', 16, 300, 5),
      of('coraza', 16, 700, 5),
    ];
    expect(withRatios(all).map(({ ratioCpu, ratioP99 }) => [ratioCpu, ratioP99])).toEqual([
      [1, 1],
      [5, 2],
      [1, 1],
      [2, 1],
    ]);
    expect(withRatios(all.slice(1, 2))[0]).toMatchObject({ ratioCpu: null, ratioP99: null });
  });
});

describe('cores', () => {
  it('gives the server one for itself, Envoy two, and the load the rest', () => {
    expect(placesFor([3, 1, 0, 2, 4])).toEqual({ server: 3, envoy: [1, 0], load: [2, 4], shared: '' });
  });

  it('says what shares where there are fewer', () => {
    expect(placesFor([2, 0, 1])).toMatchObject({ server: 2, envoy: [0, 1], load: [0, 1] });
    expect(placesFor([1, 0])).toMatchObject({ server: 1, envoy: [1, 0], load: [0] });
    expect(placesFor([0])).toMatchObject({ server: 0, envoy: [0], load: [0] });
    for (const cores of [[2, 0, 1], [1, 0], [0]]) expect(placesFor(cores).shared).not.toBe('');
  });
});

describe('options', () => {
  it('refuses what is no contender and no number of connections', () => {
    expect(() => parseServerOptions(['--contenders', 'sluice,nginx'])).toThrow(/there is no nginx/);
    expect(() => parseServerOptions(['--connections', '1,0'])).toThrow(/--connections/);
    expect(() => parseServerOptions(['--cases', 'nothing'])).toThrow(/there is no nothing/);
    expect(() => parseServerOptions(['--rate', '1'])).toThrow(/BENCH_OPTION/);
  });
});

describe('sluice bench server', () => {
  it('measures through a real Envoy, and what it says of attacks is what Sluice says', () => {
    const argv = ['--cases', 'get,sqli', '--connections', '2', '--seconds', '0.2', '--rounds', '1'];
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [
        join(repositoryRoot(), 'bench/main.ts'),
        ...['server', ...argv, '--json', '--contenders', 'none,allow-http2,sluice'],
      ],
      { encoding: 'utf8' },
    );
    expect(status, stderr).toBe(0);
    const report: ServerReport = JSON.parse(stdout);
    expect(report).toMatchObject({
      leftOut: [],
      dissent: [],
      rounds: 1,
      cases: [{ name: 'get' }, { name: 'sqli' }],
    });
    for (const { name, figures } of report.cases) {
      expect(figures.map(({ contender }) => contender)).toEqual(['none', 'allow-http2', 'sluice']);
      for (const each of figures) {
        expect(each.failed).toBe(0);
        expect(each.requests).toBeGreaterThan(0);
        expect(each.p50Us).toBeGreaterThan(0);
        expect(each.p999Us).toBeGreaterThanOrEqual(each.p50Us);
        expect(each.envoyBytes).toBeGreaterThan(1e6);
        expect(each.serverBytes > 1e6).toBe(each.contender !== 'none');
        const denied = name === 'sqli' && each.contender === 'sluice' ? each.requests : 0;
        expect(each.denied, `${name} by ${each.contender}`).toBe(denied);
      }
    }
    const text = renderServerReport(report);
    expect(text).toMatch(/^sluice +2 +\d+/m);
    expect(text).not.toContain('DISAGREE');
  });
});
