/** Preludes and disguises in Block: none brings what it hides to the workload. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cluster, startCluster, until } from './cluster.ts';
import { DISGUISES, type Disguise, MARKER } from './disguises.ts';
import type { Place } from './network.ts';
import { suiteInNamespaces } from './suite.ts';

/** Where nobody answers and nobody closes. */
const SILENCE_MILLIS = 1_500;
/** Ports of workloads that take anything; as many disguises are tried at once. */
const PORTS = Array.from({ length: 10 }, (_, index) => 90 + index);

interface Outcome {
  readonly selected: string;
  readonly unselected: string;
}

suiteInNamespaces('disguises in Block', () => {
  let cluster: Cluster;
  const outcomes = new Map<string, Outcome>();

  /** What a disguise brings to each pod. */
  async function tryOn(
    pods: readonly Place[],
    { pieces }: Disguise,
    port: number,
  ): Promise<readonly string[]> {
    const pauseMillis = pieces.length > 10 ? 2 : 20;
    const send = ({ ipv4: host }: Place): Promise<unknown> =>
      cluster.at('outside').raw({ host, port, pieces, pauseMillis, silenceMillis: SILENCE_MILLIS });
    await Promise.all(pods.map(send));
    return pods.map(({ name }) =>
      cluster
        .at(name)
        .arrivals.filter((arrival) => arrival.port === port)
        .map(({ body }) => body)
        .join(''),
    );
  }

  beforeAll(async () => {
    cluster = await startCluster();
    const pods = [await cluster.pod('nodeA', 'web'), await cluster.pod('nodeA', 'free')] as const;
    const raw = Object.fromEntries(PORTS.map((port) => [port, 'raw'] as const));
    for (const { name } of pods) await cluster.at(name).serve(raw);
    const ports = PORTS.map((number) => ({ number, protocol: 'http' }) as const);
    cluster.nodes.nodeA.select([{ place: pods[0], ports }]);
    await until(() => cluster.nodes.nodeA.intercepts('web'));
    for (let first = 0; first < DISGUISES.length; first += PORTS.length) {
      const batch = DISGUISES.slice(first, first + PORTS.length);
      const got = await Promise.all(batch.map((each, index) => tryOn(pods, each, PORTS[index] ?? 0)));
      for (const [index, { name }] of batch.entries()) {
        const [selected = '', unselected = ''] = got[index] ?? [];
        outcomes.set(name, { selected, unselected });
      }
      for (const { name } of pods) cluster.at(name).taken();
    }
  });
  afterAll(() => cluster?.stop());

  it.each(DISGUISES.map(({ name }) => name))(
    '%s: the workload of a selected pod gets nothing of it',
    (name) => {
      const { selected = MARKER, unselected } = outcomes.get(name) ?? {};
      expect(selected).not.toContain(MARKER);
      // What goes on in HTTP/2 would be compressed: only a clean request may have come, in clear.
      if (selected !== '') expect(selected).toMatch(/^(?:GET|POST) \/clean HTTP\/1\.1\r\n/);
      // The same bytes do reach a pod that is not selected: they are sent, and a workload would see them.
      expect(unselected).toContain(MARKER);
    },
  );
});
