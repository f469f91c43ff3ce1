/** What becomes of requests while one of several ext_proc servers is killed or leaves, on a real Envoy. It takes Envoy's own intervals. */
import { afterEach, expect, it } from 'vitest';
import { passAll } from './ext-proc-facts/answers.ts';
import { send } from './ext-proc-facts/clients.ts';
import { type Loose, startWorld, until, type World } from './ext-proc-facts/world.ts';

let world: World;
afterEach(() => world.stop());

const ASKED = 600;

/** Statuses of so many requests, one after the other, of which each has its own connection. */
async function ask(count: number): Promise<Map<number | 'reset', number>> {
  const statuses = new Map<number | 'reset', number>();
  for (let asked = 0; asked < count; asked++) {
    const client = await send('HTTP/1.1', world.port, { method: 'GET' });
    const status = await client.status;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    client.close();
  }
  return statuses;
}

const streams = (): number[] => world.processors.map(({ streams: own }) => own.length);

async function start(change: (cluster: Loose) => void = () => undefined): Promise<void> {
  world = await startWorld({
    processors: 3,
    change: (bootstrap) => change(bootstrap.static_resources.clusters[0]),
  });
  for (const processor of world.processors) processor.answer = passAll;
}

it('spreads over the sockets of several processes', async () => {
  await start();
  expect(await ask(ASKED)).toEqual(new Map([[200, ASKED]]));
  for (const count of streams()) expect(count).toBeGreaterThan(ASKED / 10);
});

it('draws requests to a process that was killed, where nobody notices: it fails fastest', async () => {
  await start((cluster) => {
    delete cluster.health_checks;
    delete cluster.outlier_detection;
  });
  await ask(10);
  world.processor.kill();
  const statuses = await ask(ASKED);
  expect(statuses.get(503) ?? 0).toBeGreaterThan(ASKED / 10);
});

it('leaves it aside after a few errors, and asks it again once it is back', async () => {
  await start();
  await ask(10);
  world.processor.kill();
  const statuses = await ask(ASKED);
  expect(statuses.get(503) ?? 0).toBeLessThan(ASKED / 20);
  expect(await ask(ASKED)).toEqual(new Map([[200, ASKED]]));
  await world.processor.listen();
  const before = world.processor.streams.length;
  await until(async () => {
    expect(await ask(10)).toEqual(new Map([[200, 10]]));
    return world.processor.streams.length > before;
  });
});

it('loses none where a process says that it leaves before it does', async () => {
  await start();
  await ask(10);
  world.processor.isServing = false;
  await until(async () => (await world.statistic('cluster.sluice.membership_healthy')) === 2);
  const asking = ask(ASKED);
  world.processor.kill();
  expect(await asking).toEqual(new Map([[200, ASKED]]));
});
