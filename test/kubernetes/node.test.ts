/** A node from the objects of a cluster to what inspects its requests, and back to its status. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { suiteWithHelm } from './chart.ts';
import { NodeStand, POD_ADDRESS } from './node-stand.ts';
import { suiteWithApiServer } from './suite.ts';

const POLL = { timeout: 60_000, interval: 50 };

const RULES = `SecRule ARGS:q "@streq attack" "id:10001,phase:2,deny,status:403,t:none"
SecRule ARGS:sluice_probe "@contains UNION SELECT" "id:10002,phase:2,deny,status:403,t:none"
`;

const ruleSet = (after: string) => ({
  ...{ apiVersion: 'sluice.dev/v1alpha1', kind: 'RuleSet', metadata: { name: 'own', namespace: 'shop' } },
  spec: { after },
});

const policy = (spec: object) => ({
  ...{ apiVersion: 'sluice.dev/v1alpha1', kind: 'WAFPolicy', metadata: { name: 'web', namespace: 'shop' } },
  spec: { targetRefs: [{ group: '', kind: 'Service', name: 'web' }], ruleSets: ['own'], ...spec },
});

suiteWithApiServer('a node of a cluster', () => {
  suiteWithHelm('with the rights of the chart', () => {
    let stand: NodeStand;
    let uid: string;

    beforeAll(async () => {
      stand = await NodeStand.start();
      uid = await stand.addPod('web-1', 'web', POD_ADDRESS);
      await stand.addService('web', ['web-1'], { 'sluice.dev/inspect': 'true' });
      await stand.server.apply([ruleSet(RULES), policy({ mode: 'Block' })]);
      stand.link(uid);
    });
    afterAll(() => stand?.stop());

    const report = (): Promise<unknown> => stand.report();
    it('has what was planned for it, in order, and tells it', async () => {
      stand.startController();
      stand.startSync();
      await stand.startServe();
      await expect.poll(report, POLL).toMatchObject({
        observedGeneration: expect.any(Number),
        ruleSetVersion: expect.stringMatching(/./),
        problem: '',
        policies: [{ name: 'default' }, { name: 'shop/web' }],
        pods: [{ uid, intercepted: true, reason: '' }],
      });
      expect(stand.table?.pods).toMatchObject([{ uid, policy: 'shop/web', mode: 'Block' }]);
      expect(stand.read('workloads.ndjson')).toContain(`"uid":"${uid}"`);
      await stand.startEnvoy('shop/web');
      await expect.poll(() => stand.request('q=attack'), POLL).toBe(403);
      expect(await stand.request('q=order')).toBe(200);
    });
  });
});
