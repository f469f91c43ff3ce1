import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { groupRuns } from '../src/elasticsearch/group.ts';
import { type ElasticsearchProcess, startElasticsearch } from '../src/elasticsearch/process.ts';

/** Everybody may enter it: root's Elasticsearch runs as somebody else. */
const temporary = mkdtempSync(join(tmpdir(), 'sluice-test-'));
chmodSync(temporary, 0o755);
beforeAll(() => {
  process.env.TMPDIR = temporary;
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

const started: ElasticsearchProcess[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});

const folders = (): readonly string[] => readdirSync(temporary);

async function ask(server: ElasticsearchProcess, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${server.url}/${path}`, {
    method: body === undefined ? 'GET' : 'PUT',
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.json();
}

describe('an Elasticsearch', () => {
  it('comes back after a crash, where it was, with what it had, and leaves nothing when it is stopped', async () => {
    const server = await startElasticsearch({ version: '8.19.8' });
    started.push(server);
    const { pid, url } = server;
    await ask(server, 'things/_doc/1', { kept: true });
    await server.kill();
    expect(groupRuns(pid)).toBe(false);
    await expect(fetch(url)).rejects.toThrow();
    expect(await server.exited).toBe('signal SIGKILL');

    await server.restart();
    expect(server.url).toBe(url);
    expect(await ask(server, 'things/_doc/1')).toMatchObject({ found: true, _source: { kept: true } });

    await server.stop();
    expect(groupRuns(server.pid)).toBe(false);
    await server.stop();
    expect(folders()).toEqual([]);
  });

  it('ends with the process that started it, even when that is killed', async () => {
    const module = new URL('../src/elasticsearch/process.ts', import.meta.url).href;
    const program = `
      import { startElasticsearch } from ${JSON.stringify(module)};
      console.log((await startElasticsearch({ version: '9.2.0' })).pid);
      setInterval(() => {}, 1_000);
    `;
    const owner = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line]: Buffer[] = await once(owner.stdout, 'data');
    const pid = Number(line);
    expect(groupRuns(pid)).toBe(true);
    owner.kill('SIGKILL');
    while (groupRuns(pid)) await sleep(50);
    // Nobody was left to remove its folder.
    for (const name of folders()) rmSync(join(temporary, name), { recursive: true });
  });
});

describe('an Elasticsearch that does not come up', () => {
  it('is told with its own words, and leaves nothing', async () => {
    const settings = { 'no.such.setting': true };
    await expect(startElasticsearch({ version: '8.19.8', settings })).rejects.toMatchObject({
      code: 'ELASTICSEARCH_EXITED',
      message: expect.stringContaining('no.such.setting'),
    });
    expect(folders()).toEqual([]);
  });

  it('is ended when its time is over', async () => {
    await expect(startElasticsearch({ version: '8.19.8', startMillisMax: 1 })).rejects.toMatchObject({
      code: 'ELASTICSEARCH_NOT_READY',
    });
    expect(folders()).toEqual([]);
  });

  it('is told where set-up has not brought it', async () => {
    const cache = process.env.SLUICE_CACHE;
    mkdirSync(join(temporary, 'cache'));
    process.env.SLUICE_CACHE = join(temporary, 'cache');
    await expect(startElasticsearch({ version: '8.19.8' })).rejects.toMatchObject({ code: 'SETUP_NOT_DONE' });
    if (cache === undefined) delete process.env.SLUICE_CACHE;
    else process.env.SLUICE_CACHE = cache;
    rmSync(join(temporary, 'cache'), { recursive: true });
    expect(existsSync(join(temporary, 'cache'))).toBe(false);
  });
});
