/** Rules and policies that change under load. */
import { renameSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { load } from './load.ts';
import { SOON, Stand } from './stand.ts';
import type { FaultMode, Seen } from './table.ts';

export interface ReloadLoad {
  readonly reloads: number;
  /** At least so many; they go on while reloads do. */
  readonly requests: number;
}

/** What each generation denies is the same; by which rule, tells them apart. */
const rulesOf = (turn: number): string =>
  `SecRule ARGS "@contains UNION SELECT" "id:${20_000 + turn},phase:2,deny,status:403,log,t:none"\n`;

export async function reloadUnderLoad(
  mode: FaultMode,
  { reloads, requests }: ReloadLoad,
  keep: (stand: Stand) => void,
): Promise<Seen> {
  const stand = await Stand.start(mode, { rules: rulesOf(0) });
  keep(stand);
  const { stack } = stand;
  let isOver = false;
  let aliveMax = 0;
  let attacks = 0;
  const wrong = new Map<string, number>();
  const reload = async (): Promise<void> => {
    try {
      for (let turn = 1; turn <= reloads; turn++) {
        const next = stack.directory.join('next.conf');
        writeFileSync(next, rulesOf(turn));
        renameSync(next, stack.rules);
        // A change of the file does by itself; every other is told by signal.
        if (turn % 2 === 0) stack.sluice.child.kill('SIGHUP');
        await expect
          .poll(async () => {
            aliveMax = Math.max(aliveMax, await stand.metric('sluice_rule_sets_alive'));
            return stand.metric('sluice_rule_set_generation');
          }, SOON)
          .toBeGreaterThan(turn);
      }
    } finally {
      isOver = true;
    }
  };
  const denied = stand.isBlock ? 403 : 200;
  const clients = load(
    stack.port,
    (asked) => !isOver || asked < requests,
    ({ isAttack, status }) => {
      if (isAttack) attacks++;
      if (status === (isAttack ? denied : 200)) return;
      const key = `${isAttack ? 'attack' : 'good'} ${status}`;
      wrong.set(key, (wrong.get(key) ?? 0) + 1);
    },
  );
  const [asked] = await Promise.all([clients, reload()]);
  expect([...wrong]).toEqual([]);
  expect(asked).toBeGreaterThanOrEqual(requests);
  expect(aliveMax).toBeLessThanOrEqual(3);
  await expect.poll(() => stand.events('/attack').length, SOON).toBe(attacks);
  const rules = stand.events('/attack').map(({ waf }) => waf?.rules.map(({ id }) => id - 20_000) ?? []);
  expect(rules.filter((ids) => ids.length !== 1)).toEqual([]);
  expect(new Set(rules.flat()).size).toBeGreaterThan(1);
  // Every generation that judged one was one of those that were in force.
  expect(rules.flat().filter((turn) => turn < 0 || turn > reloads)).toEqual([]);
  await stand.expectJudges();
  await stand.expectAllFreed();
  const workload = stand.isBlock ? 'no attack' : 'all of it';
  expect(stand.arrivalsOf('/good').length).toBe(asked - attacks);
  expect(stand.arrivalsOf('/attack').length).toBe(stand.isBlock ? 0 : attacks);
  const event = 'one for each attack, by the rules in force before or after';
  return { client: stand.isBlock ? 'its verdict' : '200', workload, event };
}
