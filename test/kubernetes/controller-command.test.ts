/** `sluice controller run` on a real API server, with the rights of the chart and no others. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseTarget, Quarantine } from '@sluice/controller/quarantine';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { helmProgram } from '../../packages/cli/src/setup/kubernetes.ts';
import { tokenOf } from './api-files.ts';
import { type Answer, type Manifest, manifestsIn } from './api-requests.ts';
import { ADMIN, ApiServer } from './api-server.ts';
import { auditFlags, isKnown, readAudit } from './audit-log.ts';
import { render, suiteWithHelm } from './chart.ts';
import { NEEDED } from './chart-rights.ts';
import { RunningController } from './controller-process.ts';
import { type FakeWorkloads, fakeWorkloads } from './fake-workloads.ts';
import { PlainApi } from './plain-api.ts';
import { suiteWithApiServer } from './suite.ts';

const SYSTEM = 'sluice-system';
const ACCOUNT = 'sluice-controller';
const OURS = '/apis/sluice.dev/v1alpha1';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/policies.sluice.dev';
const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${SYSTEM}/leases/sluice-controller`;
const EXAMPLES = resolve(import.meta.dirname, '../../deploy/examples/calico');
const POLL = { timeout: 120_000, interval: 100 };
const SHOP = 'shop-0';

const GOOD = 'SecRule ARGS "@streq good" "id:1,phase:2,deny"';
const BAD = '# one\nSecRule ARGS "@rx (" "id:1,phase:2,deny"\n';

interface Conditions {
  readonly status?: {
    readonly state?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly message: string;
    }[];
  };
}
interface NodeObject {
  readonly spec: {
    readonly pods: readonly { readonly name: string; readonly policy: string }[];
    readonly policies: readonly { readonly name: string; readonly digest: string }[];
  };
}
interface List<T> {
  readonly items: readonly T[];
}

suiteWithApiServer('sluice controller run', () => {
  const directory = new TemporaryDirectory('sluice-audit-');
  let server: ApiServer;
  let kubeconfig: string;
  let shop: FakeWorkloads;
  const running: RunningController[] = [];

  const begin = (...more: readonly string[]): RunningController => {
    const controller = new RunningController(kubeconfig, more.length === 0 ? undefined : more);
    running.push(controller);
    return controller;
  };
  /** Until it leads, also where one before it was killed: its Lease runs out first. */
  const leads = (controller: RunningController): Promise<void> =>
    expect.poll(() => controller.ask('/readyz').catch(String), POLL).toMatch(/^200 ready\nleading as/);
  /** Until it leads or follows, and answers the webhook. */
  async function ready(controller: RunningController): Promise<string> {
    await expect
      .poll(() => controller.ask('/readyz').catch(String), { ...POLL, timeout: 240_000 })
      .toMatch(/^200/);
    return controller.ask('/readyz');
  }

  async function token(name: string): Promise<string> {
    const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    const path = `/api/v1/namespaces/${SYSTEM}/serviceaccounts/${name}/token`;
    return (await server.request<{ status: { token: string } }>('POST', path, asked)).status.token;
  }

  beforeAll(async () => {
    const user = `system:serviceaccount:${SYSTEM}:${ACCOUNT}`;
    server = await ApiServer.start({ flags: auditFlags(directory.path, user) });
    const metadata = { name: SYSTEM };
    await server.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
    if (helmProgram() === null) return;
    await server.apply(render(SYSTEM).filter(({ kind }) => /Role|ServiceAccount/.test(kind)));
    kubeconfig = server.kubeconfig(await token(ACCOUNT));
    shop = await fakeWorkloads(
      server,
      { namespaces: 1, nodes: 1, services: 2, pods: 4 },
      { prefix: 'shop', annotations: { 'sluice.dev/inspect': 'true' } },
    );
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((controller) => controller.end('SIGKILL')));
  });
  afterAll(async () => {
    await server?.stop();
    directory.remove();
  });

  const ours = (kind: string, name: string, spec: object, namespace?: string): Manifest => ({
    ...{ apiVersion: 'sluice.dev/v1alpha1', kind, spec },
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  });
  const ruleSet = (before: string, name = 'own'): Manifest => ours('RuleSet', name, { before }, SHOP);

  /** `Type=Status Reason` of each condition, sorted. */
  const told = async (path: string): Promise<readonly string[]> => {
    const { status } = await server.get<Conditions>(path);
    return (status?.conditions ?? [])
      .map(({ type, ...rest }) => `${type}=${rest.status} ${rest.reason}`)
      .sort();
  };
  const messageOf = async (path: string, type: string): Promise<string> => {
    const { status } = await server.get<Conditions>(path);
    return status?.conditions?.find((each) => each.type === type)?.message ?? '';
  };
  const node = (): Promise<NodeObject> => server.get(`${OURS}/sluicenodes/${shop.nodes[0]}`);
  const podsOnNode = async (): Promise<readonly string[]> =>
    (await node()).spec.pods.map(({ name }) => name).sort();
  const podsBehind = (...services: readonly string[]): readonly string[] =>
    shop.pods
      .filter(({ service }) => services.includes(service))
      .map(({ name }) => name)
      .sort();
  const policyInForce = async (): Promise<string | undefined> =>
    (await node()).spec.policies.find(({ name }) => name === `${SHOP}/web`)?.digest;
  const textInForce = async (): Promise<string> => {
    const digest = await policyInForce();
    const maps = await server.get<
      List<{ metadata: { name: string }; data?: Readonly<Record<string, string>> }>
    >(`/api/v1/namespaces/${SYSTEM}/configmaps`);
    const found = maps.items.find(({ metadata }) => metadata.name === `sluice-policy-${digest}`);
    return JSON.stringify(found?.data ?? null);
  };
  async function annotate(
    service: string,
    annotations: Readonly<Record<string, string | null>>,
  ): Promise<void> {
    const path = `/api/v1/namespaces/${SHOP}/services/${service}`;
    await server.request('PATCH', path, { metadata: { annotations } });
  }
  /** Until it is taken, for the API server may still ask a webhook that is gone. */
  async function applied(manifest: Manifest): Promise<void> {
    await expect.poll(() => server.apply([manifest]).then(() => 'taken', String), POLL).toBe('taken');
  }
  const refusal = async (manifest: Manifest): Promise<string> =>
    server.apply([manifest]).then(
      () => 'taken',
      (error: Error) => error.message,
    );

  describe('that cannot begin', () => {
    it('says which right is missing', async () => {
      const powerless = server.kubeconfig(await server.serviceAccount('default', 'nobody'));
      const controller = new RunningController(powerless);
      running.push(controller);
      expect(await controller.exited).toBe(1);
      expect(controller.errors).toMatch(
        /403: customresourcedefinitions.*"system:serviceaccount:default:nobody" cannot get resource .*\[KUBERNETES_REFUSED\]\nRemedy: Check the rights/,
      );
    });

    it('waits for a cluster that does not answer, says so, and ends when it is told to', async () => {
      const nowhere = server.kubeconfig('token', 'https://127.0.0.1:1');
      const controller = new RunningController(nowhere);
      running.push(controller);
      await expect.poll(() => controller.ask('/readyz'), POLL).toMatch(/^503 .*\n.*KUBERNETES_UNREACHABLE/);
      expect(await controller.ask('/healthz')).toMatch(/^200/);
      expect(await controller.end()).toBe(0);
    });

    it('wants to know how the webhook is reached', async () => {
      const controller = new RunningController(kubeconfig, []);
      running.push(controller);
      expect(await controller.exited).toBe(1);
      expect(controller.errors).toContain('--webhook-service');
    });
  });

  suiteWithHelm('with the rights of the chart', () => {
    it('installs, plans, and tells every kind what it came to', async () => {
      const controller = begin('--webhook-url', 'https://127.0.0.1:0', '--drain-seconds', '10');
      await ready(controller);
      await leads(controller);
      await applied(ours('Sluice', 'sluice', {}));
      await applied(ours('ClusterWAFPolicy', 'all', { allow: { mode: 'Detect' } }));
      await applied(ruleSet(GOOD));
      const target = { group: '', kind: 'Service', name: 'shop-0' };
      const policy = { targetRefs: [target], mode: 'Block', ruleSets: ['own'] };
      await applied(ours('WAFPolicy', 'web', policy, SHOP));
      const query = '"waf.rules.id" = 942100';
      await applied(ours('Alert', 'sqli', { description: 'd', severity: 1, dataSet: 'waf', query }, SHOP));
      await expect.poll(podsOnNode, POLL).toEqual(podsBehind('shop-0', 'shop-1'));
      await expect
        .poll(() => told(`${OURS}/namespaces/${SHOP}/rulesets/own`), POLL)
        .toContain('Validated=True Compiled');
      await expect.poll(textInForce, POLL).toContain('@streq good');
      const policyPath = `${OURS}/namespaces/${SHOP}/wafpolicies/web`;
      await expect.poll(() => told(policyPath), POLL).toContain('Accepted=True Accepted');
      // No node has said anything yet.
      await expect.poll(() => told(policyPath), POLL).toContain('Programmed=False NodesBehind');
      expect(await told(`${OURS}/sluices/sluice`)).toContain('Accepted=True Accepted');
      expect(await told(`${OURS}/clusterwafpolicies/all`)).toContain('Accepted=True Accepted');
      await expect
        .poll(() => told(`${OURS}/namespaces/${SHOP}/alerts/sqli`), POLL)
        .toEqual(['Accepted=True Accepted']);
      const slices = await server.get<List<{ spec: { workloads: readonly { pod: string }[] } }>>(
        `${OURS}/workloadslices`,
      );
      const known = slices.items.flatMap(({ spec }) => spec.workloads.map(({ pod }) => pod));
      expect(known.sort()).toEqual(podsBehind('shop-0', 'shop-1'));
      const ended = controller.end();
      await expect.poll(() => controller.ask('/readyz'), POLL).toMatch(/^503 not ready\nit is being stopped/);
      // Until the API server asks another.
      expect(await refusal(ruleSet(BAD, 'bad'))).toContain('PATTERN_SYNTAX');
      const lease = await server.get<{ spec: { holderIdentity?: string } }>(LEASE);
      expect(lease.spec.holderIdentity ?? '').toBe('');
      expect(await ended).toBe(0);
    });

    it('answers the API server: line, column and caret, whoever leads', async () => {
      const leader = begin();
      await leads(leader);
      const follower = begin();
      expect(await ready(follower)).toContain('following');
      const reviews = 'sluice_controller_admission_reviews_total{kind="RuleSet",outcome="refused"}';
      // The API server asks the one that has written the configuration last.
      await expect
        .poll(async () => {
          expect(await refusal(ruleSet(BAD, 'bad'))).toMatch(
            /spec\.before:2:\d+: .*\[PATTERN_SYNTAX\]\\n {2}SecRule ARGS .*\\n {2} +\^/,
          );
          return follower.metric(reviews);
        }, POLL)
        .toBeGreaterThan(0);
      expect(await refusal(ruleSet('SecRuleRemoveByTag "."', 'bad'))).toContain('this removes rules');
      expect(await refusal(ruleSet(GOOD, 'fine'))).toBe('taken');
    });

    it('keeps the last good one of a RuleSet in force, and says so', async () => {
      const before = await policyInForce();
      const controller = begin('--no-webhook');
      await ready(controller);
      await server.request('DELETE', ADMISSION);
      await applied(ruleSet(BAD));
      const path = `${OURS}/namespaces/${SHOP}/rulesets/own`;
      await expect.poll(() => told(path), POLL).toContain('Validated=False SecLangInvalid');
      expect(await messageOf(path, 'Validated')).toMatch(/spec\.before:2:\d+: [\s\S]*\n {2} +\^/);
      const policy = `${OURS}/namespaces/${SHOP}/wafpolicies/web`;
      await expect.poll(() => told(policy), POLL).toContain('Validated=False SecLangInvalid');
      expect(await messageOf(policy, 'Validated')).toContain('What it said before stays in force.');
      const events = () =>
        server.get<List<{ type: string; reason: string; regarding: { kind: string; name: string } }>>(
          `/apis/events.k8s.io/v1/namespaces/${SHOP}/events`,
        );
      const warned = async () =>
        (await events()).items
          .filter(({ type }) => type === 'Warning')
          .map(({ reason, regarding }) => `${regarding.kind} ${regarding.name} ${reason}`);
      await expect.poll(warned, POLL).toContain('RuleSet own SecLangInvalid');
      await controller.end();
      // One that has never seen the good text goes on from what is in force.
      await ready(begin('--no-webhook'));
      await annotate('shop-1', { 'sluice.dev/inspect': 'false' });
      await expect.poll(podsOnNode, POLL).toEqual(podsBehind('shop-0'));
      expect(await policyInForce()).toBe(before);
      expect(await textInForce()).toContain('@streq good');
      await applied(ruleSet(GOOD));
      await expect.poll(() => told(path), POLL).toContain('Validated=True Compiled');
    });

    it('goes on where a leader was killed', async () => {
      const leader = begin('--no-webhook');
      await leads(leader);
      const follower = begin('--no-webhook');
      expect(await ready(follower)).toContain('following');
      await leader.end('SIGKILL');
      await annotate('shop-1', { 'sluice.dev/inspect': 'true' });
      await expect.poll(podsOnNode, POLL).toEqual(podsBehind('shop-0', 'shop-1'));
    });

    it("acts on Calico's objects as they are, where nobody else does, and tells them", async () => {
      await ready(begin());
      const files = ['application-layer.yaml', 'global-alert-942100.yaml'];
      await server.apply(files.flatMap((name) => manifestsIn(readFileSync(resolve(EXAMPLES, name), 'utf8'))));
      await annotate('shop-1', { 'sluice.dev/inspect': null, 'projectcalico.org/l7-logging': 'true' });
      await expect.poll(podsOnNode, POLL).toEqual(podsBehind('shop-0', 'shop-1'));
      const layer = '/apis/operator.tigera.io/v1/applicationlayers/tigera-secure';
      await expect.poll(async () => (await server.get<Conditions>(layer)).status?.state, POLL).toBe('Ready');
      const alerts = await server.get<List<{ metadata: { name: string } }>>(
        '/apis/projectcalico.org/v3/globalalerts',
      );
      const alert = `/apis/projectcalico.org/v3/globalalerts/${alerts.items[0]?.metadata.name}`;
      await expect.poll(() => told(alert), POLL).toEqual(['Accepted=True Accepted']);
    });

    it('lets go who was in quarantine for its time, and restores what holds the others', async () => {
      const pods = shop.pods.filter(({ service }) => service === 'shop-1').map(({ name }) => name);
      const [over = '', held = ''] = pods;
      const api = new PlainApi(server.url, tokenOf(ADMIN), server.authority);
      const put = async (pod: string, sinceMillis: number): Promise<void> => {
        const now = (): number => Date.now() - sinceMillis;
        const quarantine = new Quarantine({ api, actor: 'jane', origin: 'person', now });
        const target = parseTarget(`${SHOP}/${pod}`, undefined);
        await quarantine.put(target, { reason: 'test', seconds: 3_600, force: true });
      };
      await put(over, 7_200_000);
      await put(held, 0);
      api.close();
      const policies = `/apis/networking.k8s.io/v1/namespaces/${SHOP}/networkpolicies`;
      await server.request('DELETE', policies);
      await leads(begin('--no-webhook'));
      const isHeld = async (name: string): Promise<boolean> => {
        const pod = await server.get<Answer & { metadata: { labels: Readonly<Record<string, string>> } }>(
          `/api/v1/namespaces/${SHOP}/pods/${name}`,
        );
        return 'sluice.dev/quarantine' in pod.metadata.labels;
      };
      await expect.poll(async () => (await server.get<List<unknown>>(policies)).items.length, POLL).toBe(1);
      await expect.poll(() => isHeld(over), POLL).toBe(false);
      expect(await isHeld(held)).toBe(true);
    });

    it('has been refused nothing, and has asked for nothing that is not listed', () => {
      const asked = readAudit(directory.path).filter(({ resource }) => resource !== '');
      expect(asked.length).toBeGreaterThan(100);
      const line = ({ verb, resource, namespace, name, status }: (typeof asked)[number]): string =>
        `${verb} ${resource} ${namespace} ${name} ${status}`;
      const refused = asked.filter(({ status }) => status === 403 || status === 401);
      expect([...new Set(refused.map(line))]).toEqual([]);
      const unknown = asked.filter((each) => !isKnown(each, NEEDED.controller));
      expect([...new Set(unknown.map(line))]).toEqual([]);
    });

    // A server that starts refuses what it knows no roles for yet: behind the test of what was refused.
    it('goes on where the API server was restarted', async () => {
      const controller = begin('--no-webhook');
      await leads(controller);
      await server.restart();
      await annotate('shop-1', { 'projectcalico.org/l7-logging': null });
      await expect.poll(podsOnNode, POLL).toEqual(podsBehind('shop-0'));
      await leads(controller);
      expect(await controller.end()).toBe(0);
    });
  });
});
