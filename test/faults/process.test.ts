/** Sluice ended by `kill -9`: Envoy fails in the direction that the policy declares. */
import { readFileSync } from 'node:fs';
import { afterEach, expect } from 'vitest';
import { ATTACK, formOf, SOON, Stand } from './stand.ts';
import { tryFaults } from './suite.ts';
import { PROCESS_FAULTS } from './table.ts';

let stand: Stand;
afterEach(() => stand?.stop());

const REQUESTS = 600;
const ATTACKS = REQUESTS / 10;
/** Of them: three errors in a row, for each of Envoy's threads, and what was on its way. */
const FAILED_MAX = 12;

/** Of `sluice serve --processes`: those that answer Envoy. */
function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '')
    .map(Number);
}

tryFaults(PROCESS_FAULTS, {
  async killed(mode) {
    stand = await Stand.start(mode);
    expect(await stand.ask({ path: '/' })).toBe('200');
    await stand.stack.sluice.kill('SIGKILL');
    const path = stand.path();
    return stand.seen(await stand.ask({ path: `${path}?q=${ATTACK}` }), path);
  },

  async killedMeanwhile(mode) {
    stand = await Stand.start(mode);
    const path = stand.path();
    const body = formOf(65_536);
    const client = stand.upload(path, body.length);
    client.write(body.slice(0, 32_768));
    await stand.until('sluice_pool_exchanges', 1);
    await stand.stack.sluice.kill('SIGKILL');
    client.write(body.slice(32_768));
    const status = String(await client.status);
    await Promise.all(stand.arrivalsOf(path).map(({ over }) => over));
    const [arrival] = stand.arrivalsOf(path);
    if (arrival !== undefined) expect(arrival.bytes).toBe(body.length);
    return stand.seen(status, path);
  },

  async killedOne(mode) {
    stand = await Stand.start(mode, { launch: { processes: 2 } });
    const [victim] = childrenOf(stand.stack.sluice.child.pid ?? 0);
    if (victim === undefined) throw new TypeError('it has no processes');
    const wrong: string[] = [];
    let failed = 0;
    for (let asked = 0; asked < REQUESTS; asked++) {
      if (asked === 10) process.kill(victim, 'SIGKILL');
      const isAttack = asked % 10 === 0;
      const status = await stand.ask({ path: isAttack ? `/attack?q=${ATTACK}` : '/good' });
      if (status === '503' && stand.isBlock) failed++;
      else if (status !== (isAttack && stand.isBlock ? '403' : '200')) wrong.push(status);
    }
    expect(wrong).toEqual([]);
    expect(failed).toBeLessThanOrEqual(FAILED_MAX);
    const pid = stand.stack.sluice.child.pid ?? 0;
    await expect.poll(() => childrenOf(pid).filter((child) => child !== victim).length, SOON).toBe(2);
    // The last of the process that was killed may not be written.
    const told = (): number => stand.events('/attack').length;
    await expect.poll(told, SOON).toBeGreaterThanOrEqual(ATTACKS - FAILED_MAX - 1);
    const event = 'one for each attack that was judged';
    const attacks = stand.arrivalsOf('/attack').length;
    if (!stand.isBlock) {
      expect([attacks, stand.arrivalsOf('/good').length]).toEqual([ATTACKS, REQUESTS - ATTACKS]);
      return { client: '200', workload: 'all of it', event };
    }
    const client = `503 at most ${FAILED_MAX} times, else its verdict`;
    return { client, workload: attacks === 0 ? 'no attack' : 'attacks', event };
  },
});
