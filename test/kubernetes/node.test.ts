/** A node from the objects of a cluster to what inspects its requests, and back to its status. Each test goes on from the one before. */
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeKeys, secretOf } from '../../packages/controller/test/node/crash-scenario.ts';
import { suiteWithHelm } from './chart.ts';
import { NodeStand, POD_ADDRESS } from './node-stand.ts';
import { suiteWithApiServer } from './suite.ts';

const POLL = { timeout: 60_000, interval: 50 };

const FIRST = `SecRule ARGS:q "@streq attack" "id:10001,phase:2,deny,status:403,t:none"
SecRule ARGS:sluice_probe "@contains UNION SELECT" "id:10002,phase:2,deny,status:403,t:none"
`;
const SECOND = `${FIRST}SecRule ARGS:q "@streq other" "id:10003,phase:2,deny,status:403,t:none"\n`;
/** No namespace could have it accepted: here nobody has judged it, as where a controller is older than its nodes. */
const BROKEN = `${SECOND}SecRule ARGS:q "@noSuchOperator x" "id:10004,phase:2,deny"\n`;

const ruleSet = (after: string) => ({
  ...{ apiVersion: 'sluice.dev/v1alpha1', kind: 'RuleSet', metadata: { name: 'own', namespace: 'shop' } },
  spec: { after },
});

const policy = (mode: string) => ({
  ...{ apiVersion: 'sluice.dev/v1alpha1', kind: 'WAFPolicy', metadata: { name: 'web', namespace: 'shop' } },
  spec: { targetRefs: [{ group: '', kind: 'Service', name: 'web' }], ruleSets: ['own'], mode },
});

suiteWithApiServer('a node of a cluster', () => {
  suiteWithHelm('with the rights of the chart', () => {
    let stand: NodeStand;
    let uid: string;
    let late: string;

    beforeAll(async () => {
      stand = await NodeStand.start();
      uid = await stand.addPod('web-1', 'web', POD_ADDRESS);
      late = await stand.addPod('web-2', 'web', '127.0.0.10');
      await stand.addService('web', ['web-1', 'web-2'], { 'sluice.dev/inspect': 'true' });
      await stand.server.apply([ruleSet(FIRST), policy('Block')]);
      await stand.startEnvoy('shop/web');
      stand.link(uid);
    });
    afterAll(() => stand?.stop());

    const report = (): Promise<unknown> => stand.report();
    const digest = async (): Promise<string | undefined> =>
      (await stand.report())?.policies?.find(({ name }) => name === 'shop/web')?.digest;
    const served = (): readonly string[] => stand.table?.pods.map((pod) => pod.uid) ?? [];

    it('has what was planned for it, and tells what it has and what it waits for', async () => {
      stand.startController();
      stand.startSync();
      await stand.startServe();
      await expect.poll(report, POLL).toMatchObject({
        observedGeneration: 0,
        ruleSetVersion: expect.stringMatching(/./),
        problem: expect.stringContaining('1 pods wait'),
        policies: [{ name: 'default' }, { name: 'shop/web' }],
        pods: expect.arrayContaining([
          expect.objectContaining({ uid, intercepted: true, enforced: true, reason: '', message: '' }),
          expect.objectContaining({ uid: late, intercepted: false, reason: 'NoNamespace' }),
        ]),
      });
      expect(stand.table?.pods).toMatchObject([{ uid, policy: 'shop/web', mode: 'Block' }]);
      expect(stand.read('workloads.ndjson')).toContain(`"uid":"${uid}"`);
      expect([await stand.request('q=attack'), await stand.request('q=other')]).toEqual([403, 200]);
    });

    it('takes over a changed policy without a restart', async () => {
      const before = await digest();
      const process = stand.servePid;
      await stand.server.apply([ruleSet(SECOND)]);
      await expect.poll(() => stand.request('q=other'), POLL).toBe(403);
      await expect.poll(digest, POLL).not.toBe(before);
      expect(stand.servePid).toBe(process);
    });

    it('keeps the former policy where its server refuses the new one, says so, and takes the next', async () => {
      const before = await digest();
      await stand.server.apply([ruleSet(BROKEN)]);
      await expect.poll(report, POLL).toMatchObject({
        problem: expect.stringMatching(
          /policy shop\/web: .*noSuchOperator.*its former content stays in force/s,
        ),
        pods: expect.arrayContaining([expect.objectContaining({ uid, intercepted: true })]),
      });
      expect(await digest()).toBe(before);
      expect([await stand.request('q=other'), await stand.request('q=order')]).toEqual([403, 200]);
      await stand.server.apply([ruleSet(FIRST)]);
      await expect.poll(() => stand.request('q=other'), POLL).toBe(200);
      await expect.poll(report, POLL).toMatchObject({ problem: expect.not.stringContaining('refused') });
      expect(await stand.request('q=attack')).toBe(403);
    });

    it('shows operators what it does', async () => {
      await expect.poll(() => stand.operators('/readyz'), POLL).toMatch(/^200 ready\ngeneration 0 of [1-9]/);
      expect(await stand.operators('/healthz')).toBe('200 ok\n');
      expect(await stand.operators('/metrics')).toMatch(
        /sluice_node_pods 2\n[\s\S]*sluice_node_pods_held 1\n/,
      );
      expect(stand.log('node')).not.toContain('KUBERNETES_REFUSED');
    });

    it('leaves all in place when it ends, and begins from it without the API server', async () => {
      const files = ['sluice.yaml', 'table.json', 'workloads.ndjson'];
      const before = files.map((file) => stand.read(file));
      await stand.server.kill();
      expect(await stand.endSync()).toBe(0);
      expect(files.map((file) => stand.read(file))).toEqual(before);
      stand.startSync();
      await expect.poll(() => stand.operators('/readyz'), POLL).toMatch(/^200 ready/);
      expect(files.map((file) => stand.read(file))).toEqual(before);
      stand.link(late);
      await expect.poll(served, POLL).toEqual(expect.arrayContaining([uid, late]));
      expect([await stand.request('q=attack'), await stand.request('q=order')]).toEqual([403, 200]);
    });

    it('goes on when the API server is back', async () => {
      await stand.server.restart();
      await stand.server.apply([ruleSet(SECOND)]);
      await expect.poll(() => stand.request('q=other'), POLL).toBe(403);
      await expect.poll(report, POLL).toMatchObject({
        observedGeneration: expect.any(Number),
        problem: '',
        pods: expect.arrayContaining([expect.objectContaining({ uid: late, intercepted: true })]),
      });
      expect((await stand.report())?.observedGeneration).toBeGreaterThan(0);
    });

    it('has the key of a port whose TLS is inspected, for nobody but root', async () => {
      const place = { name: 'pay-tls', namespace: 'shop' };
      makeKeys(stand.directory.path);
      const data = secretOf(stand.directory.path, 'a');
      const tls = [{ port: 'https', secretName: place.name }];
      await stand.server.apply([
        { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: place, data },
        {
          ...{ ...policy('Block'), metadata: { name: 'pay', namespace: 'shop' } },
          spec: { targetRefs: [{ group: '', kind: 'Service', name: 'pay' }], tls, mode: 'Block' },
        },
      ]);
      const pay = await stand.addPod('pay-1', 'pay', '127.0.0.11');
      stand.link(pay);
      await stand.addService('pay', ['pay-1'], { 'sluice.dev/inspect': 'true' }, 'https');
      const port = () => stand.table?.pods.find((pod) => pod.uid === pay)?.ports[0];
      await expect.poll(port, POLL).toMatchObject({ protocol: 'tls', tls: {} });
      const { privateKeyPath = '', certificateChainPath = '' } = port()?.tls ?? {};
      expect(readFileSync(certificateChainPath, 'base64')).toBe(data['tls.crt']);
      expect(readFileSync(privateKeyPath, 'base64')).toBe(data['tls.key']);
      expect(
        [statSync(privateKeyPath), statSync(dirname(privateKeyPath))].map(({ mode }) => mode & 0o777),
      ).toEqual([0o600, 0o700]);
      await expect.poll(report, POLL).toMatchObject({ problem: '' });
    });

    it('leaves the folder to the one of an upgrade, and takes it back where that does not live', async () => {
      const isNext = (): boolean => stand.read('sluice.yaml').includes('"level": "warn"');
      stand.writeBase('next.yaml', { log: { level: 'warn' } });
      stand.startSync('next.yaml');
      await expect.poll(isNext, POLL).toBe(true);
      await expect.poll(() => stand.log('node'), POLL).toContain('another process has the folder');
      await stand.endSync('SIGKILL');
      await expect.poll(isNext, POLL).toBe(false);
      expect([await stand.request('q=attack'), await stand.request('q=order')]).toEqual([403, 200]);
    });

    it('tells of each pod what a probe has proven, and no more', async () => {
      const told = async () => (await stand.report())?.pods.find((pod) => pod.uid === uid);
      await stand.server.apply([policy('Detect')]);
      await expect.poll(() => stand.request('q=attack'), POLL).toBe(200);
      await expect.poll(told, POLL).toMatchObject({ enforced: true, message: '' });
      await stand.stopEnvoy();
      await stand.server.apply([ruleSet(FIRST)]);
      await expect.poll(told, POLL).toMatchObject({
        ...{ enforced: null, message: expect.stringContaining('A probe proved nothing: no answer') },
      });
      await stand.startPlain();
      await stand.server.apply([ruleSet(SECOND)]);
      await expect.poll(told, POLL).toMatchObject({
        ...{ enforced: false, message: expect.stringContaining('Sluice did not see it') },
      });
      await stand.server.apply([policy('Block')]);
      await expect.poll(told, POLL).toMatchObject({
        ...{ enforced: false, message: expect.stringContaining('A probe was not refused') },
      });
    });
  });
});
