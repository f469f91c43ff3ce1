/** What an alert may do without a person, and Calico's policy, on a real API server. */
import {
  AutomaticQuarantine,
  listProposals,
  parseTarget,
  Quarantine,
  QuarantineKeeper,
  type Trigger,
} from '@sluice/controller/quarantine';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ApiServer } from '../api-server.ts';
import { suiteWithApiServer } from '../suite.ts';
import { apiOf, definition, deletePod, getPod, makePod, makeWorkload, WatchedApi } from './support.ts';

const SYSTEM = 'sluice-system';
const HOUR = 3_600_000;

suiteWithApiServer('quarantine without a person', () => {
  let server: ApiServer;
  let api: WatchedApi;
  let namespace: string;
  let uid: string;
  let clock = Date.parse('2026-11-23T10:00:00Z');
  const now = (): number => clock;

  const automatic = (): AutomaticQuarantine => new AutomaticQuarantine({ api, systemNamespace: SYSTEM, now });
  const trigger = (pod = 'web-1', of = uid): Trigger => ({
    alert: 'scanner',
    reason: '20 attacks in a minute',
    source: { id: 'E1', namespace, pod, uid: of },
  });
  const handle = async (pod?: string, of?: string): Promise<string> => {
    const outcome = await automatic().handle(trigger(pod, of));
    return outcome.kind === 'acted' ? outcome.result.outcome : outcome.kind;
  };
  const isHeld = async (name: string): Promise<boolean> => {
    const { metadata } = await getPod(server, namespace, name);
    return metadata.labels?.['sluice.dev/quarantine'] !== undefined;
  };
  const install = (quarantine: object): Promise<unknown> =>
    server.apply([
      {
        ...{ apiVersion: 'sluice.dev/v1alpha1', kind: 'Sluice', metadata: { name: 'sluice' } },
        spec: { quarantine },
      },
    ]);

  beforeAll(async () => {
    server = await ApiServer.start();
    await server.applyDefinitions();
    await server.request('POST', '/api/v1/namespaces', { metadata: { name: SYSTEM } });
  });
  beforeEach(async () => {
    clock += 24 * HOUR;
    api = new WatchedApi(apiOf(server.kubeconfig()));
    namespace = await server.namespace();
    uid = await makeWorkload(server, namespace, 'web');
    for (const name of ['web-3', 'web-4']) await makePod(server, namespace, name, { of: 'web' });
    await install({ automatic: 'Act' });
  });
  afterAll(() => server?.stop());

  it('is a proposal unless the installation says otherwise', async () => {
    await install({});
    expect(await handle()).toBe('proposed');
    expect(await handle()).toBe('proposed');
    expect(await isHeld('web-1')).toBe(false);
    expect(await listProposals(api, SYSTEM)).toContainEqual({
      ...{ namespace, pod: 'web-1', uid, owner: 'Deployment/web', reason: '20 attacks in a minute' },
      ...{ actor: 'alert scanner', event: 'E1', because: 'quarantine.automatic is Propose' },
      ...{ firstAt: clock, lastAt: clock, count: 2 },
    });
  });

  it('takes one pod of a workload an hour, and proposes the next', async () => {
    const other = await makePod(server, namespace, 'web-9', { of: 'web' });
    expect(await handle()).toBe('quarantined');
    expect(await handle()).toBe('unchanged');
    clock += HOUR - 1;
    expect(await handle('web-9', other)).toBe('proposed');
    clock += 1;
    expect(await handle('web-9', other)).toBe('quarantined');
  });

  it('counts what was undone, and pods that are gone', async () => {
    const other = await makePod(server, namespace, 'web-9', { of: 'web' });
    expect(await handle()).toBe('quarantined');
    await deletePod(server, namespace, 'web-1');
    expect(await handle('web-9', other)).toBe('proposed');
  });

  it('takes one where two leaders take different ones at once', async () => {
    const other = await makePod(server, namespace, 'web-9', { of: 'web' });
    const said = await Promise.all([handle(), handle('web-9', other)]);
    expect(said.toSorted()).toEqual(['proposed', 'quarantined']);
    expect([await isHeld('web-1'), await isHeld('web-9')]).toContain(false);
  });

  it('takes so many of the cluster an hour, whatever the workloads', async () => {
    const said: string[] = [];
    for (let at = 0; at < 12; at += 1) {
      await makePod(server, namespace, `app${at}-b`, { of: `app${at}` });
      said.push(
        await handle(`app${at}-a`, await makePod(server, namespace, `app${at}-a`, { of: `app${at}` })),
      );
    }
    expect(said.filter((each) => each === 'quarantined')).toHaveLength(10);
    expect(said.slice(10)).toEqual(['proposed', 'proposed']);
  });

  it('never takes the last ready pod', async () => {
    const alone = await makePod(server, namespace, 'db-0', { of: 'db' });
    expect(await handle('db-0', alone)).toBe('proposed');
    expect(await isHeld('db-0')).toBe(false);
  });

  it('neither takes nor proposes a gateway, or a pod that came later', async () => {
    const labels = { 'gateway.networking.k8s.io/gateway-name': 'public' };
    const gateway = await makePod(server, namespace, 'gateway', { of: 'web', labels });
    for (const mode of ['Act', 'Propose']) {
      await install({ automatic: mode });
      await expect(handle('gateway', gateway)).rejects.toMatchObject({ code: 'QUARANTINE_GATEWAY' });
      await expect(handle('web-1', crypto.randomUUID())).rejects.toMatchObject({
        code: 'QUARANTINE_POD_REPLACED',
      });
    }
    expect((await listProposals(api, SYSTEM)).filter((each) => each.namespace === namespace)).toEqual([]);
  });

  it('does not act where its own count cannot be read', async () => {
    const path = `/api/v1/namespaces/${SYSTEM}/configmaps/sluice-quarantine-ledger`;
    await server.request('PATCH', path, { data: { acts: '[{"workload": 1}]' } });
    await expect(handle()).rejects.toMatchObject({ code: 'QUARANTINE_LEDGER_DAMAGED' });
    await server.request('DELETE', path);
    expect(await isHeld('web-1')).toBe(false);
  });

  it('drops proposals of pods that are in quarantine, gone, or long forgotten', async () => {
    await install({});
    const gone = await makePod(server, namespace, 'web-9', { of: 'web' });
    for (const [name, of] of [['web-1', uid] as const, ['web-9', gone] as const]) await handle(name, of);
    await deletePod(server, namespace, 'web-9');
    const keeper = new QuarantineKeeper({ api, systemNamespace: SYSTEM, now });
    const kept = async (): Promise<readonly string[]> => {
      await keeper.sweep();
      const all = await listProposals(api, SYSTEM);
      return all.filter((each) => each.namespace === namespace).map(({ pod }) => pod);
    };
    expect(await kept()).toEqual(['web-1']);
    clock += 8 * 24 * HOUR;
    expect(await kept()).toEqual([]);
    await handle();
    const target = parseTarget(`${namespace}/web-1`, undefined);
    await new Quarantine({ api, actor: 'jane', origin: 'person', now }).put(target, { reason: 'test' });
    expect(await kept()).toEqual([]);
  });

  it("writes Calico's policy, which comes before all others, and removes it with the last pod", async () => {
    const calico = ['projectcalico.org', 'v3', 'GlobalNetworkPolicy', 'globalnetworkpolicies'] as const;
    await server.apply(definition(...calico, 'Cluster'));
    // Whoever is left from other tests goes first.
    clock += 60 * 24 * HOUR;
    const keeper = new QuarantineKeeper({ api, systemNamespace: SYSTEM, now });
    await keeper.sweep();
    const policies = async (): Promise<readonly object[]> => {
      const path = '/apis/projectcalico.org/v3/globalnetworkpolicies';
      const { items } = await server.get<{ items: readonly { metadata: { name: string }; spec: object }[] }>(
        path,
      );
      return items.map(({ metadata, spec }) => ({ name: metadata.name, ...spec }));
    };
    const quarantine = new Quarantine({ api, actor: 'jane', origin: 'person', now });
    const target = parseTarget(`${namespace}/web-1`, undefined);
    const { objects } = await quarantine.put(target, { reason: 'test' });
    expect(objects.map(({ object }) => object)).toContainEqual(
      expect.objectContaining({ kind: 'GlobalNetworkPolicy' }),
    );
    const wanted = [
      {
        ...{ name: 'sluice-quarantine', order: 0, selector: 'has(sluice.dev/quarantine)' },
        namespaceSelector:
          "projectcalico.org/name not in {'kube-system', 'kube-public', 'kube-node-lease', 'sluice-system', " +
          "'gatekeeper-system'} && !(projectcalico.org/name starts with 'calico-') && " +
          "!(projectcalico.org/name starts with 'tigera-') && !(projectcalico.org/name starts with 'openshift-')",
        types: ['Ingress', 'Egress'],
        ingress: [{ action: 'Deny' }],
        egress: [{ action: 'Deny' }],
      },
    ];
    expect(await policies()).toEqual(wanted);
    expect((await keeper.sweep()).restored).toEqual([]);
    await server.request('DELETE', '/apis/projectcalico.org/v3/globalnetworkpolicies/sluice-quarantine');
    expect((await keeper.sweep()).restored).toEqual(['']);
    expect(await policies()).toEqual(wanted);
    await quarantine.release(target);
    expect(await policies()).toEqual([]);
  });
});
