/** Of controllers one writes, whatever becomes of it: processes that contend on a real API server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { tokenOf } from './api-files.ts';
import { ADMIN, ApiServer } from './api-server.ts';
import type { ContenderOptions } from './contender.ts';
import { suiteWithApiServer } from './suite.ts';

const PROGRAM = join(import.meta.dirname, 'contender.ts');
/** Long enough for a machine that is busy with other tests: nobody loses the Lease but by what a test does. */
const TIMES = { durationMillis: 12_000, renewMillisMax: 9_000, retryMillis: 300 };
const POLL = { timeout: 60_000, interval: 20 };

interface Write {
  readonly epoch: number;
  readonly identity: string;
}

interface WriteMap {
  readonly metadata: { readonly resourceVersion: string };
  readonly data: { readonly epoch: string; readonly identity: string };
}

class Contender {
  readonly identity: string;
  readonly lines: string[] = [];
  readonly #child: ChildProcess;

  constructor(options: ContenderOptions) {
    this.identity = options.identity;
    this.#child = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (this.#child.stdout !== null)
      createInterface({ input: this.#child.stdout }).on('line', (line) => this.lines.push(line));
  }

  /** 0 where it does not lead, as far as it has said. */
  get epoch(): number {
    return Number(/^leading (\d+)$/.exec(this.lines.at(-1) ?? '')?.[1] ?? 0);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGCONT');
    this.#child.kill(signal);
    await exited;
  }
}

suiteWithApiServer('leader election', () => {
  let server: ApiServer;
  let namespace: string;
  let contenders: Contender[] = [];

  beforeAll(async () => {
    server = await ApiServer.start();
  });
  beforeEach(async () => {
    namespace = await server.namespace();
  });
  afterEach(async () => {
    await Promise.all(contenders.map((contender) => contender.end('SIGKILL')));
    contenders = [];
  });
  afterAll(() => server?.stop());

  async function start(identities: readonly string[], times = TIMES): Promise<readonly Contender[]> {
    for (const identity of identities) {
      const { url, authority } = server;
      const options = { url, authority, token: tokenOf(ADMIN), namespace, identity, ...times };
      contenders.push(new Contender(options));
    }
    await expect.poll(() => contenders.every(({ lines }) => lines.length > 0), POLL).toBe(true);
    return contenders;
  }

  const leaderOf = async (of: readonly Contender[] = contenders): Promise<Contender> => {
    await expect.poll(() => of.some(({ epoch }) => epoch > 0), POLL).toBe(true);
    const leader = of.find(({ epoch }) => epoch > 0);
    if (leader === undefined) throw new TypeError('nobody leads');
    return leader;
  };

  const other = (leader: Contender): Contender => {
    const found = contenders.find((contender) => contender !== leader);
    if (found === undefined) throw new TypeError('there is but one');
    return found;
  };

  /** What contenders have written, in the order in which the server took it. */
  async function writes(): Promise<readonly Write[]> {
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const { items } = await server.get<{ readonly items: readonly WriteMap[] }>(path);
    return items
      .toSorted(
        (left, right) => Number(left.metadata.resourceVersion) - Number(right.metadata.resourceVersion),
      )
      .map(({ data }) => ({ epoch: Number(data.epoch), identity: data.identity }));
  }

  /**
   * Each epoch is one contender's, and none writes once a later one has begun.
   * @param frozen processes that were stopped: each may have had one write begun, between its question to the term and the wire
   */
  async function expectOneLeaderAtATime(frozen = 0): Promise<void> {
    const written = await writes();
    let newest = 0;
    let late = 0;
    for (const { epoch } of written) {
      if (epoch < newest) late += 1;
      newest = Math.max(newest, epoch);
    }
    expect(late, 'writes behind those of a later epoch').toBeLessThanOrEqual(frozen);
    const identities = Map.groupBy(written, ({ epoch }) => epoch);
    for (const [epoch, of] of identities) {
      const distinct = new Set(of.map(({ identity }) => identity));
      expect(distinct.size, `contenders that wrote in epoch ${epoch}`).toBe(1);
    }
  }

  const wrote = (epoch: number) =>
    expect.poll(async () => (await writes()).some((write) => write.epoch === epoch), POLL).toBe(true);

  const lease = () => `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/sluice-controller`;

  /** So often that who follows has seen whose it is: it looks as often. One that never saw a holder waits for none. */
  async function renewed(times: number): Promise<void> {
    const seen = new Set<string>();
    const renewal = async (): Promise<number> => {
      const { spec } = await server.get<{ readonly spec: { readonly renewTime: string } }>(lease());
      return seen.add(spec.renewTime).size;
    };
    await expect.poll(renewal, POLL).toBeGreaterThan(times);
  }

  it('one of two leads; the other follows when it is killed', async () => {
    await start(['first', 'second']);
    const leader = await leaderOf();
    const follower = other(leader);
    await wrote(1);
    expect(follower.epoch).toBe(0);
    leader.signal('SIGKILL');
    await leaderOf([follower]);
    await wrote(2);
    await expectOneLeaderAtATime();
  });

  it('one that stops gives the Lease back, so that the other need not wait', async () => {
    const hour = { ...TIMES, durationMillis: 3_600_000 };
    await start(['first', 'second'], hour);
    const leader = await leaderOf();
    await wrote(1);
    await leader.end('SIGTERM');
    expect(leader.lines.at(-1)).toBe('following');
    await leaderOf([other(leader)]);
    await wrote(2);
    await expectOneLeaderAtATime();
  });

  it('one that was stopped and goes on writes nothing once another may lead', async () => {
    await start(['first', 'second']);
    const leader = await leaderOf();
    const follower = other(leader);
    await wrote(1);
    leader.signal('SIGSTOP');
    await leaderOf([follower]);
    await wrote(2);
    leader.signal('SIGCONT');
    await expect.poll(() => leader.lines.at(-1), POLL).toBe('following');
    await follower.end('SIGTERM');
    await leaderOf([leader]);
    expect(leader.epoch).toBe(3);
    await wrote(3);
    await expectOneLeaderAtATime(1);
  });

  it('nobody leads while the API server is away, and somebody when it is back', async () => {
    await start(['first', 'second']);
    const leader = await leaderOf();
    await wrote(1);
    await server.kill();
    await expect.poll(() => leader.lines.at(-1), POLL).toBe('following');
    await server.restart();
    const next = await leaderOf();
    await wrote(next.epoch);
    await expectOneLeaderAtATime();
  });

  it('a Lease that somebody gives to another ends the term at once', async () => {
    await start(['first'], { ...TIMES, durationMillis: 3_600_000, renewMillisMax: 3_000_000 });
    const leader = await leaderOf();
    await server.request('PATCH', lease(), { spec: { holderIdentity: 'somebody', leaseTransitions: 7 } });
    await expect.poll(() => leader.lines.at(-1), POLL).toBe('following');
  });

  it('a Lease that is deleted is not taken while its holder may believe in it', async () => {
    await start(['first', 'second']);
    const leader = await leaderOf();
    const follower = other(leader);
    await wrote(1);
    await renewed(10);
    leader.signal('SIGSTOP');
    await server.request('DELETE', lease());
    await leaderOf([follower]);
    leader.signal('SIGCONT');
    await expect.poll(() => leader.lines.at(-1), POLL).toBe('following');
    await wrote(2);
    await expectOneLeaderAtATime(1);
  });
});
