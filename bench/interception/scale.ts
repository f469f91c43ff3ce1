/** How long it takes until a pod is redirected, and until it is no more, among many on a node. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Agent, startCluster } from '../../test/interception/cluster.ts';
import { addPod, type Place } from '../../test/interception/network.ts';

export interface Scale {
  readonly pods: number;
  /** Milliseconds until all are redirected, selected at once. */
  readonly allMillis: number;
  readonly addMillis: readonly number[];
  readonly removeMillis: readonly number[];
  /** Resident memory. */
  readonly envoyMegabytes: number;
  /** Instances of inotify that Envoy has: the kernel gives all of a user 128 by default. */
  readonly watchers: number;
}

/** Of each pod, inspected ones. */
const PORTS = [80, 81, 82].map((number) => ({ number, protocol: 'http' as const }));

const TIMES = 5;
const LOOK_MILLIS = 5;

export async function measureScale(count: number): Promise<Scale> {
  const cluster = await startCluster();
  try {
    const agent = cluster.nodes.nodeA;
    const places = Array.from({ length: count + 1 }, (_, index) => addPod('nodeA', `p${index}`));
    const [last, ...others] = places.toReversed();
    if (last === undefined)
      return { pods: 0, allMillis: 0, addMillis: [], removeMillis: [], envoyMegabytes: 0, watchers: 0 };
    const select = (chosen: readonly Place[]): void =>
      agent.select(chosen.map((place) => ({ place, ports: PORTS })));
    const allMillis = await timed(
      () => select(others),
      () => others.every(({ name }) => reasonOf(agent, name) === 'Redirected'),
    );
    const addMillis: number[] = [];
    const removeMillis: number[] = [];
    for (let time = 0; time < TIMES; time++) {
      addMillis.push(
        await timed(
          () => select(places),
          () => reasonOf(agent, last.name) === 'Redirected',
        ),
      );
      removeMillis.push(
        await timed(
          () => select(others),
          () => ['Releasing', undefined].includes(reasonOf(agent, last.name)),
        ),
      );
      while (reasonOf(agent, last.name) !== undefined) await sleep(LOOK_MILLIS);
    }
    const status = readFileSync(`/proc/${agent.envoyPid}/status`, 'utf8');
    const envoyMegabytes = Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_000);
    const watchers = watchersOf(agent.envoyPid);
    return { pods: count, allMillis, addMillis, removeMillis, envoyMegabytes, watchers };
  } finally {
    await cluster.stop();
  }
}

const watchersOf = (pid: number): number =>
  readdirSync(`/proc/${pid}/fd`).filter(
    (fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === 'anon_inode:inotify',
  ).length;

/** What the agent says of a pod; undefined where it has it no more. */
const reasonOf = (agent: Agent, name: string): string | undefined =>
  agent.status()?.pods.find((pod) => pod.name === name)?.conditions[0]?.reason;

async function timed(begin: () => void, isOver: () => boolean): Promise<number> {
  const started = performance.now();
  begin();
  while (!isOver()) await sleep(LOOK_MILLIS);
  return Math.round(performance.now() - started);
}
