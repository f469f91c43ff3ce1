/** Envoy ended and started again under load. */
import { afterEach, expect } from 'vitest';
import { type EnvoyProcess, startEnvoy } from '../../packages/cli/src/envoy/process.ts';
import { freePort } from '../../packages/cli/test/serve/free-port.ts';
import { load } from './load.ts';
import { SOON, Stand } from './stand.ts';
import { tryFaults } from './suite.ts';
import { ENVOY_FAULTS } from './table.ts';

let stand: Stand;
let second: EnvoyProcess | null = null;
afterEach(async () => {
  await second?.stop();
  second = null;
  await stand?.stop();
});

const BEFORE = 300;
const AFTER = 600;

tryFaults(ENVOY_FAULTS, {
  async restarted(mode) {
    stand = await Stand.start(mode, { port: await freePort() });
    const { port, bootstrap, envoy } = stand.stack;
    const statuses = new Map<string, number>();
    let good = 0;
    let isBack = false;
    let answeredSince = 0;
    const restart = async (): Promise<void> => {
      await expect.poll(() => good, SOON).toBeGreaterThan(BEFORE);
      await envoy.stop();
      second = await startEnvoy({ bootstrap });
      isBack = true;
    };
    const clients = load(
      port,
      () => answeredSince < AFTER,
      ({ isAttack, status }) => {
        const key = `${isAttack ? 'attack' : 'good'} ${status}`;
        statuses.set(key, (statuses.get(key) ?? 0) + 1);
        if (status === 'reset') return;
        if (!isAttack) good++;
        if (isBack) answeredSince++;
      },
    );
    await Promise.all([restart(), clients]);
    const denied = stand.isBlock ? '403' : '200';
    const known = ['good 200', 'good reset', `attack ${denied}`, 'attack reset'];
    expect([...statuses.keys()].filter((key) => !known.includes(key))).toEqual([]);
    const judged = statuses.get(`attack ${denied}`) ?? 0;
    await expect.poll(() => stand.events('/attack').length, SOON).toBeGreaterThanOrEqual(judged);
    expect(statuses.get('good reset') ?? 0).toBeGreaterThan(0);
    await stand.expectAllFreed();
    await stand.expectJudges();
    const attacks = stand.arrivalsOf('/attack').length;
    if (stand.isBlock) expect(attacks).toBe(0);
    // What Sluice answered while Envoy ended may have gone on without its client hearing of it.
    else expect(attacks).toBeGreaterThanOrEqual(judged);
    return {
      client: `reset while Envoy is away, else ${stand.isBlock ? 'its verdict' : '200'}`,
      workload: stand.isBlock ? 'no attack' : 'what was sent',
      event: 'one for each attack that was judged',
    };
  },
});
