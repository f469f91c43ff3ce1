/** What operators see of a node, and by which it is told that it does nothing any more. */
import { Gauge, Registry } from 'prom-client';
import { NODE_LIMITS } from './limits.ts';
import type { SyncStatus } from './sync.ts';

/** @param status asked at each scrape */
export function nodeMetrics(status: () => SyncStatus): Registry {
  const registry = new Registry();
  const gauge = (name: string, help: string, value: (status: SyncStatus) => number): void => {
    new Gauge({
      name: `sluice_node_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(value(status()));
      },
    });
  };
  gauge('generation', 'Generation of the SluiceNode that was told last.', ({ generation }) => generation);
  gauge('observed_generation', 'The last one that was in force whole.', ({ observed }) => observed);
  gauge('pods', 'Pods of the node that are selected.', ({ pods }) => pods);
  gauge('pods_held', 'Pods that are not in the table as they were planned.', ({ held }) => held);
  gauge(
    'problem',
    '1 where not all that was planned is in force: the log and the SluiceNode say why.',
    (one) => (one.problem === '' ? 0 : 1),
  );
  gauge('turns', 'Looks at what is planned and what is in force, since the start.', ({ turns }) => turns);
  gauge('failed_turns', 'Those that ended in an error.', ({ failedTurns }) => failedTurns);
  return registry;
}

/** Whether turns come to their ends. What they wait for has bounds, so that one that does not is stuck. */
export const isTurning = ({ turnedAt }: SyncStatus): boolean =>
  performance.now() - turnedAt < NODE_LIMITS.turnMillisMax;

/** Lines for people. */
export const statusLines = ({ generation, observed, pods, held, problem }: SyncStatus): readonly string[] => [
  generation === 0
    ? 'nothing was planned for this node yet'
    : `generation ${observed} of ${generation}, ${pods} pods`,
  ...(held === 0 ? [] : [`${held} pods are held up`]),
  ...(problem === '' ? [] : [problem]),
];
