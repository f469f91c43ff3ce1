/** The demo as a user runs it: a process, its words, its JSON, its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { fetchPage } from '../src/demo/client.ts';
import { ATTACK_PATH, BENIGN_PATH, type StoryResult } from '../src/demo/story.ts';
import { requestsFromHar } from '../src/inspect/har.ts';

const MAIN = resolve(import.meta.dirname, '../src/main.ts');

const temporary = mkdtempSync(join(tmpdir(), 'sluice-test-'));
/** What demos keep; nobody's own demos are touched. */
const state = mkdtempSync(join(tmpdir(), 'sluice-state-'));
afterAll(() => {
  rmSync(temporary, { recursive: true, force: true });
  rmSync(state, { recursive: true, force: true });
});

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

interface Demo {
  readonly child: ChildProcess;
  readonly lines: Interface;
  readonly ended: Promise<Ended>;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const demo = (...flags: readonly string[]): Demo => sluice('demo', ...flags);

const sluice = (...args: readonly string[]): Demo => sluiceIn(state, ...args);

function sluiceIn(kept: string, ...args: readonly string[]): Demo {
  const { SLUICE_STARTED_MS: _, SLUICE_STORE: __, ...environment } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...environment, TMPDIR: temporary, SLUICE_STATE: kept },
  });
  running.push(child);
  const told = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    told.stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    told.stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]: (number | null)[]) => ({ code: code ?? null, ...told }));
  return { child, lines: createInterface({ input: child.stdout }), ended };
}

/** The next line of JSON on standard output. */
async function nextJson(lines: Interface): Promise<unknown> {
  const [line]: string[] = await once(lines, 'line');
  return JSON.parse(line ?? 'null');
}

/** Ids of the events that `sluice events` finds without being told where. */
async function found(query: string): Promise<readonly string[]> {
  const { stdout, code, stderr } = await sluice('events', 'search', query, '--json').ended;
  if (code !== 0 && code !== 4) throw new TypeError(stderr);
  const { documents }: { documents: readonly { readonly event: { readonly id: string } }[] } =
    JSON.parse(stdout);
  return documents.map(({ event }) => event.id);
}

const ATTACKS = '"rule_info" IN {"*942100*"}';

/** Processes that this one has started: its Envoy. */
function childrenOf(pid: number): readonly string[] {
  return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && parentOf(entry) === pid);
}

function parentOf(pid: string): number {
  const path = `/proc/${pid}/status`;
  if (!existsSync(path)) return 0;
  return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(path, 'utf8'))?.[1]);
}

/** What is in the folder for temporary things, which these demos have for themselves; what Node keeps there is no demo's. */
const folders = (): readonly string[] =>
  readdirSync(temporary).filter((name) => name !== 'node-compile-cache');

const portOf = (url: string): number => Number(new URL(url).port);

describe('sluice demo --once', () => {
  it('writes its requests as a HAR file that others read', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sluice-demo-har-'));
    try {
      const path = join(directory, 'demo.har');
      const { code } = await demo('--once', '--json', '--har', path).ended;
      expect(code).toBe(0);
      const requests = requestsFromHar(path, readFileSync(path));
      expect(requests.map(({ uri }) => uri)).toEqual([BENIGN_PATH, ATTACK_PATH]);
      expect(requests[1]?.headers.map(([name]) => name)).toEqual(['host', 'user-agent', 'accept']);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('shows the theft, the block and the rules', async () => {
    const { code, stdout } = await demo('--once', '--json').ended;
    const story: StoryResult = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(story.benign).toMatchObject({ status: 200, rows: [{ name: 'Garden hose, 15 m' }] });
    expect(story.unprotected.status).toBe(200);
    expect(JSON.stringify(story.unprotected.rows)).toContain('ada@shop.example');
    expect(JSON.stringify(story.unprotected.rows)).toContain('$2b$12$');
    expect(story.attack.status).toBe(403);
    expect(story.attack.rules).toEqual(expect.arrayContaining([942100, 949110]));
    expect(story.attack.score).toBeGreaterThanOrEqual(story.attack.threshold);
    expect(story.attack.threshold).toBe(5);
    expect(story.attack.matches).toContainEqual({
      rule: 942100,
      message: expect.stringContaining('SQL Injection'),
      variable: 'ARGS:q',
      value: expect.stringContaining("' UNION SELECT"),
      score: 5,
    });
    expect(JSON.parse(story.attack.body)).toEqual({ error: 'blocked', request_id: story.attack.requestId });
    expect(story.mode).toBe('Block');
    expect(story.alert).toMatchObject({ name: 'sqli-seen', state: 'firing', count: 1, event: story.kept.id });
    const alerts = await sluice('events', 'search', '--data-set', 'alert', 'alert.state = firing', '--json')
      .ended;
    const { documents } = JSON.parse(alerts.stdout);
    expect(documents).toMatchObject([
      { event: { id: story.alert.document }, alert: { event: story.kept.id } },
    ]);
    const { rules, envoy, total } = story.startup.millis;
    expect(total).toBeGreaterThanOrEqual(rules);
    expect(envoy).toBeGreaterThan(0);
    expect(story.setup.seconds).toBeGreaterThan(0);
  });

  it('lets the attack through in Detect, and says so', async () => {
    const { code, stdout } = await demo('--once', '--json', '--mode', 'detect').ended;
    const story: StoryResult = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(story.mode).toBe('Detect');
    expect(story.benign.status).toBe(200);
    expect(story.attack).toMatchObject({ status: 200, wouldBlock: true });
    expect(story.attack.rules).toContain(949110);
    expect(JSON.parse(story.attack.body)).toEqual(story.unprotected.rows);
  });

  it('tells it for people, without colours where nobody sees them', async () => {
    const { code, stdout, stderr } = await demo('--once').ended;
    expect(code).toBe(0);
    expect(stderr).toBe('');
    for (const word of [
      '→ 200',
      '→ 403',
      'ada@shop.example',
      'rule 942100',
      'rule 949110',
      'ARGS:q',
      '5 and more is blocked',
      'Alert sqli-seen fires, severity 70: 1 request, one notification',
    ]) {
      expect(stdout).toContain(word);
    }
    expect(stdout).not.toContain('\x1b');
  });
});

describe('sluice demo', () => {
  it('keeps running, tells each blocked request, and leaves nothing on SIGTERM', async () => {
    const { child, lines, ended } = demo('--json');
    const story = (await nextJson(lines)) as StoryResult;
    const port = portOf(story.urls.protected);
    const listed = await sluice('alerts', 'list', '--hub', story.urls.hub).ended;
    expect(listed.stdout).toMatch(/sqli-seen[^\n]*firing/);
    expect((await fetchPage(port, '/')).body).toContain('vulnerable on purpose');
    const told = nextJson(lines);
    expect((await fetchPage(port, BENIGN_PATH)).status).toBe(200);
    const blocked = await fetchPage(port, ATTACK_PATH);
    expect(blocked.status).toBe(403);
    expect(await told).toMatchObject({ requestId: blocked.headers['x-request-id'], wouldBlock: true });
    const envoys = childrenOf(child.pid ?? 0);
    expect(envoys.length).toBeGreaterThan(0);
    expect(folders().length).toBeGreaterThan(0);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
    expect(envoys.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    expect(folders()).toEqual([]);
    await expect(fetchPage(port, '/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('says what to try, in lines that work as they stand, and ends on Ctrl-C', async () => {
    const { child, lines, ended } = demo();
    for await (const line of lines) if (line.includes('Ctrl-C')) break;
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    const curls = stdout.split('\n').filter((line) => line.trim().startsWith('curl '));
    expect(curls.length).toBeGreaterThanOrEqual(2);
    for (const line of curls) expect(line.split("'").length % 2).toBe(1);
  });

  it('says so when Envoy dies, and ends with 1', async () => {
    const { child, lines, ended } = demo('--json');
    await nextJson(lines);
    for (const pid of childrenOf(child.pid ?? 0)) process.kill(Number(pid), 'SIGKILL');
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toContain('Envoy ended (signal SIGKILL)');
    expect(folders()).toEqual([]);
  });

  it.each([
    [['--mode', 'maybe'], 2, /detect, block/],
    [['--port', 'http'], 1, /--port: http is no port/],
    [['--shop-port', '70000'], 1, /--shop-port: 70000 is no port/],
  ] as const)('refuses %j', async (flags, status, words) => {
    const { code, stderr, stdout } = await demo(...flags).ended;
    expect(code).toBe(status);
    expect(stderr).toMatch(words);
    expect(stdout).toBe('');
  });

  it.each([
    ['--shop-port', /DEMO_SHOP_PORT/],
    ['--port', /Address already in use/],
  ])('says so when the port of %s is taken, and leaves nothing', async (flag, words) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { code, stderr } = await demo(flag, String(port)).ended;
    taken.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(words);
    expect(folders()).toEqual([]);
  });

  it('has help', async () => {
    const { code, stdout } = await demo('--help').ended;
    expect(code).toBe(0);
    for (const flag of ['--mode', '--port', '--shop-port', '--store', '--keep', '--once', '--json'])
      expect(stdout).toContain(flag);
  });
});

describe('what a demo keeps', () => {
  it('is found while it runs and afterwards, explained by the id that the client got, and gone with the next', async () => {
    const { child, lines, ended } = demo('--json');
    const story = (await nextJson(lines)) as StoryResult;
    expect(await found(ATTACKS)).toEqual([story.kept.id]);
    for (const path of ['demo', 'demo/runs', 'demo/store.json']) {
      expect(statSync(join(state, path)).mode & 0o077, `others may read ${path}`).toBe(0);
    }
    const told = nextJson(lines);
    const again = await fetchPage(portOf(story.urls.protected), ATTACK_PATH);
    await told;
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
    // The second one was on its way when the demo was told to end.
    expect(await found(ATTACKS)).toHaveLength(2);
    const explained = await sluice('events', 'explain', String(again.headers['x-request-id'])).ended;
    expect(explained.stdout).toMatch(
      /^DENIED .*UNION[\s\S]*942100 .*score 0 → 5 of 5\n[\s\S]*ARGS:q = zzz' UNION/,
    );
    const stored = await sluice('events', 'show', story.kept.id, '--json').ended;
    expect(stored.stdout).toMatch(/"rule_set":\s*"[0-9a-f]{12}"/);
    const all = await sluice('events', 'search', '--data-set', 'l7', '--json').ended;
    expect(JSON.parse(all.stdout).documents.length).toBeGreaterThan(0);
    const next: StoryResult = JSON.parse((await demo('--once', '--json').ended).stdout);
    expect(await found(ATTACKS)).toEqual([next.kept.id]);
  });

  it('stays with --keep, also where the demo was killed', async () => {
    const { child, lines, ended } = demo('--json');
    const first = (await nextJson(lines)) as StoryResult;
    child.kill('SIGKILL');
    await ended;
    const second: StoryResult = JSON.parse((await demo('--once', '--json', '--keep').ended).stdout);
    expect(await found(ATTACKS)).toEqual([second.kept.id, first.kept.id]);
    expect(readdirSync(join(state, 'demo/runs'))).toHaveLength(1);
    // What was killed could remove nothing.
    for (const name of folders()) rmSync(join(temporary, name), { recursive: true });
  });

  it('is not that of another that runs', async () => {
    const one = demo('--json');
    const first = (await nextJson(one.lines)) as StoryResult;
    const second: StoryResult = JSON.parse((await demo('--once', '--json').ended).stdout);
    expect(await found(ATTACKS)).toEqual([second.kept.id]);
    const ofFirst = await sluice('events', 'search', ATTACKS, '--json', '--store', first.kept.store).ended;
    expect(JSON.parse(ofFirst.stdout).documents).toMatchObject([{ event: { id: first.kept.id } }]);
    one.child.kill('SIGTERM');
    expect((await one.ended).code).toBe(0);
  });

  it('is a folder that must be writable, and is named where it is not', async () => {
    const { code, stderr } = await sluiceIn(MAIN, 'demo', '--once').ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /cannot keep its events in .*main\.ts\/demo: ENOTDIR.*DEMO_STATE\]\nRemedy: .*SLUICE_STATE/,
    );
    expect(folders()).toEqual([]);
  });
});
