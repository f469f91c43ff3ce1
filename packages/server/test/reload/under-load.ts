/** Requests at full rate while rules and policies change: each must be judged by one generation, whole. */
import { expect } from 'vitest';
import { clientOf, rule, World } from './support.ts';

const CLIENTS = 16;

export interface LoadOptions {
  readonly reloads: number;
  /** At least so many; they go on while reloads do. */
  readonly requests: number;
}

/** Generations of even and odd number differ in a rule and in the status of the block page. */
const policiesOf = (turn: number): string =>
  `  default: {mode: Block, ruleFiles: {after: [own.conf]}, blockPage: {status: ${turn % 2 === 0 ? 403 : 406}}}`;

const rulesOf = (turn: number): string => (turn % 2 === 0 ? rule(10, 'even') : rule(11, 'odd'));

const PATHS = ['/?a=hello', '/?a=evil', '/?a=even&b=odd'];

export async function reloadUnderLoad({ reloads, requests }: LoadOptions): Promise<void> {
  const world = new World();
  world.write('own.conf', rulesOf(0));
  const { server, reloader, inspector } = await world.start(policiesOf(0), { poolThreads: 1 });
  const ask = clientOf(server);
  const seen = new Set<string>();
  let asked = 0;
  let reloaded = 0;
  const client = async (): Promise<void> => {
    while (asked < requests || reloaded < reloads) {
      const path = PATHS[asked++ % PATHS.length] ?? '';
      const { outcome, rules } = await ask(path);
      seen.add(`${path} ${outcome} ${JSON.stringify(rules)}`);
    }
  };
  const reload = async (): Promise<void> => {
    for (let turn = 1; turn <= reloads; turn++) {
      world.write('own.conf', rulesOf(turn));
      world.writeConfig(policiesOf(turn), 'limits: {poolThreads: 1}');
      expect(await reloader.reload(`turn ${turn}`)).toBe('applied');
      expect(inspector.generations.alive).toBeLessThanOrEqual(3);
      reloaded++;
    }
  };
  await Promise.all([reload(), ...Array.from({ length: CLIENTS }, client)]);
  expect([...seen].sort()).toEqual([
    '/?a=even&b=odd 403 [10]',
    '/?a=even&b=odd 406 [11]',
    '/?a=evil 403 [1]',
    '/?a=evil 406 [1]',
    '/?a=hello allow []',
  ]);
  expect(asked).toBeGreaterThanOrEqual(requests);
  expect(inspector.current).toBe(reloads + 1);
}
