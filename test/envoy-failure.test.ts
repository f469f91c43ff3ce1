/** Sluice killed, stopped and restarted behind a real Envoy: Detect stays invisible, Block fails as its policy says. */
import { setTimeout as sleep } from 'node:timers/promises';
import { askAdmin } from '@sluice/envoy-config';
import { afterEach, describe, expect, it } from 'vitest';
import { type Call, call, type Reply } from './envoy-client.ts';
import { type Stack, type StackOptions, startStack } from './envoy-stack.ts';

const QUERY = encodeURIComponent("1' UNION SELECT password FROM users--");
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const BENIGN: Call = { path: '/?q=hose' };
const ATTACK: Call = { path: `/?q=${QUERY}` };
const LIMIT = 65_536;

let stack: Stack;
afterEach(() => stack?.stop());

async function open(options: StackOptions): Promise<Stack> {
  stack = await startStack({ maxRequestBytes: LIMIT, ...options });
  return stack;
}

const ask = (what: Call): Promise<Reply> => call(stack.port, what);

/** What a client can see of a reply; a date is no difference. */
function visible({ status, headers, body }: Reply): unknown {
  const { date: _, ...rest } = headers;
  return { status, headers: rest, body };
}

/** Asks again until it is so: health is found out by asking. The test's own time bounds it. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(50);
}

async function health(): Promise<readonly string[]> {
  const { body } = await askAdmin(stack.envoy.adminAddress, '/clusters');
  return [...body.matchAll(/^sluice::.*::health_flags::(.*)$/gm)].map(([, flags = '']) => flags);
}

describe('Detect', () => {
  const REQUESTS: readonly Call[] = [
    BENIGN,
    ATTACK,
    { method: 'POST', headers: FORM, body: `q=${QUERY}` },
    { method: 'POST', headers: FORM, body: `q=${'a'.repeat(4 * LIMIT)}` },
    { method: 'POST', headers: FORM, body: `q=${'a'.repeat(4 * LIMIT)}&r=${QUERY}` },
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":' },
    { path: `/?${'a=1&'.repeat(2_000)}` },
  ];

  it('changes nothing that client or workload can see, before and after Sluice is killed', async () => {
    await open({ mode: 'Detect' });
    const alive = [];
    for (const request of REQUESTS) alive.push(visible(await ask(request)));
    await stack.sluice.kill('SIGKILL');
    const dead = [];
    for (const request of REQUESTS) dead.push(visible(await ask(request)));
    const plain = { connection: 'close', 'content-type': 'text/plain', 'transfer-encoding': 'chunked' };
    const untouched = REQUESTS.map(() => ({ status: 200, headers: plain, body: 'workload' }));
    expect(alive).toEqual(untouched);
    expect(dead).toEqual(untouched);
    const { arrivals } = stack.workload;
    const bodies = REQUESTS.map(({ body = '' }) => body.length);
    expect(arrivals.map(({ body }) => body.length)).toEqual([...bodies, ...bodies]);
    const names = arrivals.flatMap(({ rawHeaders }) => rawHeaders.filter((_, index) => index % 2 === 0));
    expect(names.filter((name) => /sluice|authz|partial/i.test(name))).toEqual([]);
  });

  it('tells what Block would have done', async () => {
    await open({ mode: 'Detect' });
    await ask(ATTACK);
    const told = (): unknown => stack.sluice.lines.find((line) => 'waf' in line);
    await expect
      .poll(told)
      .toMatchObject({ event: { type: ['allowed'] }, waf: { mode: 'Detect', would_block: true } });
  });

  it('stays invisible while Sluice hangs', async () => {
    await open({ mode: 'Detect', verdictMillis: 300 });
    stack.sluice.child.kill('SIGSTOP');
    const reply = await ask(ATTACK);
    stack.sluice.child.kill('SIGCONT');
    expect(reply).toMatchObject({ status: 200, body: 'workload' });
  });
});

describe('Block', () => {
  it('refuses everything once Sluice is killed, where unavailable is Closed', async () => {
    await open({ mode: 'Block', unavailable: 'Closed' });
    expect((await ask(BENIGN)).status).toBe(200);
    await stack.sluice.kill('SIGKILL');
    const arrived = stack.workload.arrivals.length;
    for (let count = 0; count < 20; count++) {
      expect((await ask(count % 2 === 0 ? BENIGN : ATTACK)).status).toBe(503);
    }
    expect(stack.workload.arrivals).toHaveLength(arrived);
  });

  it('refuses what Sluice does not answer in time', async () => {
    await open({ mode: 'Block', verdictMillis: 300 });
    stack.sluice.child.kill('SIGSTOP');
    const reply = await ask(BENIGN);
    stack.sluice.child.kill('SIGCONT');
    expect(reply.status).toBe(503);
    expect(stack.workload.arrivals).toEqual([]);
  });

  it('lets everything through once Sluice is killed, where unavailable is Open', async () => {
    await open({ mode: 'Block', unavailable: 'Open' });
    expect((await ask(ATTACK)).status).toBe(403);
    await stack.sluice.kill('SIGKILL');
    expect((await ask(BENIGN)).status).toBe(200);
  });

  it('still refuses a body over the limit, where unavailable is Open', async () => {
    await open({ mode: 'Block', unavailable: 'Open' });
    const body = `q=${'a'.repeat(4 * LIMIT)}`;
    expect((await ask({ method: 'POST', headers: FORM, body })).status).toBe(413);
    expect(stack.workload.arrivals).toEqual([]);
  });
});

describe('the health that Envoy asks for', () => {
  it('is good, and bad once Sluice drains', async () => {
    await open({ noticeMillis: 20_000 });
    await until(async () => (await health()).join() === 'healthy');
    stack.sluice.child.kill('SIGTERM');
    await until(async () => (await health()).join().includes('failed_active_hc'));
    // Draining is no refusal: who still asks is answered.
    expect((await ask(ATTACK)).status).toBe(403);
    await stack.sluice.kill('SIGKILL');
  });

  it('lets one of two processes stop without losing a request', async () => {
    await open({ processes: 2, noticeMillis: 6_000 });
    const [leaving] = stack.sluices;
    leaving?.child.kill('SIGTERM');
    const statuses = new Set<number>();
    let gone = false;
    const exited = leaving?.exited.then(() => {
      gone = true;
    });
    while (!gone) statuses.add((await ask(BENIGN)).status);
    await exited;
    for (let count = 0; count < 50; count++) statuses.add((await ask(BENIGN)).status);
    expect([...statuses]).toEqual([200]);
    expect((await ask(ATTACK)).status).toBe(403);
  });

  it('has the other of two processes serve once one is killed, and lets no attack through meanwhile', async () => {
    await open({ processes: 2 });
    await stack.sluices[0]?.kill('SIGKILL');
    const attacks = new Set<number>();
    await until(async () => {
      attacks.add((await ask(ATTACK)).status);
      return (await health()).some((flags) => flags !== 'healthy');
    });
    const statuses = new Set<number>();
    for (let count = 0; count < 50; count++) statuses.add((await ask(BENIGN)).status);
    expect([...statuses]).toEqual([200]);
    expect([...attacks].filter((status) => status !== 403 && status !== 503)).toEqual([]);
  });
});
