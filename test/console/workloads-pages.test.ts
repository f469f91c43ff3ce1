/** Workloads in a real browser, on a real API server: signed in by its token, and by a provider whose users it knows by name. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { freePort } from '../../packages/cli/test/serve/free-port.ts';
import { tokenOf } from '../kubernetes/api-files.ts';
import type { ApiServer } from '../kubernetes/api-server.ts';
import { policiesIn } from '../kubernetes/quarantine/support.ts';
import { suiteWithApiServer } from '../kubernetes/suite.ts';
import { makeService, nodeSays, type RunningController, startController } from '../kubernetes/view-stand.ts';
import { launch, openPage, seriousFaults, settled, signInByToken } from './browser.ts';
import {
  bindingOf,
  type ClusterStand,
  group,
  startApiServer,
  startClusterStand,
  user,
} from './cluster-stand.ts';
import { CLIENT, type OidcStand, signInThrough, startProvider } from './oidc-stand.ts';
import { seededEvents } from './seed.ts';
import { startConsoleStand, store } from './stand.ts';

interface ObjectAnswer {
  readonly metadata: {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields: readonly { readonly manager: string }[];
  };
}

/** As the API server calls whom the provider calls jane@example.org: the one for whom the example's role lets the console act. */
const JANE = 'oidc:jane@example.org';

suiteWithApiServer('the page Workloads', () => {
  const folder = new TemporaryDirectory('sluice-console-audit-');
  let server: ApiServer;
  let controller: RunningController;
  let stand: ClusterStand;
  let provider: OidcStand;
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];
  const shop = 'shop';

  beforeAll(async () => {
    server = await startApiServer({
      users: ['jane', 'vera'].map((name) => ({ name })),
      flags: auditFlags(folder.path),
    });
    for (const name of [shop, 'bank'])
      await server.request('POST', '/api/v1/namespaces', { metadata: { name } });
    await makeService(server, shop, 'shop', { pods: { 'shop-1': 'node-a', 'shop-2': 'node-b' } });
    await makeService(server, 'bank', 'vault', { pods: { 'vault-1': 'node-a' } });
    await server.apply([
      bindingOf('sluice-console-operator', user('jane'), shop),
      bindingOf('sluice-quarantine', user('jane'), shop),
      bindingOf('sluice-quarantine-settings', user('jane')),
      bindingOf('sluice-console-viewer', user('vera'), shop),
      bindingOf('sluice-console-operator', group('oidc:shop'), shop),
    ]);
    controller = startController(server);
    const address = `http://127.0.0.1:${await freePort()}`;
    provider = await startProvider(address, { 'jane@example.org': ['shop'] });
    stand = await startClusterStand(server, {
      console: {
        listen: new URL(address).host,
        oidc: {
          ...{ issuer: provider.issuer, clientId: CLIENT.id, clientSecretFile: 'oidc-secret', address },
          ...{ label: 'company login', groups: [{ group: 'shop', role: 'operator' }] },
        },
      },
      files: { 'oidc-secret': CLIENT.secret },
    });
    await store(
      stand.store,
      seededEvents({ events: 200, until: Date.now() - 1_000, payloads: ['<b>1 or 1=1</b>'] }),
    );
    browser = await launch();
    page = await openPage(browser, stand.url, faults);
  });
  afterAll(async () => {
    await browser?.close();
    await controller?.stop();
    await stand?.close();
    await provider?.close();
    await server?.stop();
    folder.remove();
  });

  const service = (): Promise<ObjectAnswer> => server.get(`/api/v1/namespaces/${shop}/services/shop`);
  const annotation = async (): Promise<string | undefined> =>
    (await service()).metadata.annotations?.['sluice.dev/inspect'];

  async function open(into: Page): Promise<void> {
    await into.goto('/workloads/shop/shop');
    await into.getByRole('heading', { name: 'Pods' }).waitFor();
  }

  describe('of who is signed in by a token', () => {
    it('lists what they may see, and nothing else', async () => {
      await signInByToken(page, tokenOf('jane'));
      await page.getByRole('link', { name: 'Workloads' }).click();
      await page.getByRole('link', { name: 'shop/shop' }).waitFor();
      await settled(page);
      expect(await seriousFaults(page)).toEqual([]);
      expect(await page.locator('body').textContent()).not.toContain('vault');
    });

    it('selects a Service: the difference first, then as that user', async () => {
      await page.getByRole('link', { name: 'shop/shop' }).click();
      await page.getByRole('button', { name: 'Select' }).click();
      const difference = page.getByLabel('Difference');
      await difference.waitFor();
      expect(await difference.textContent()).toContain('+    sluice.dev/inspect: "true"');
      expect(await seriousFaults(page)).toEqual([]);
      expect(await annotation()).toBeUndefined();
      await page.getByRole('button', { name: 'Apply' }).click();
      await page.getByRole('status').waitFor();
      expect(await annotation()).toBe('true');
      expect((await service()).metadata.managedFields.map(({ manager }) => manager)).toContain(
        'sluice-console',
      );
    });

    it('shows what nodes say of it: enforced, or not and why', async () => {
      await controller.settled();
      await expect
        .poll(
          () =>
            nodeSays(server, 'node-a').then(
              () => true,
              () => false,
            ),
          { timeout: 30_000 },
        )
        .toBe(true);
      const uid = (await server.get<{ metadata: { uid: string } }>(`/api/v1/namespaces/${shop}/pods/shop-2`))
        .metadata.uid;
      const down = { intercepted: false, enforced: false, reason: 'EnvoyDown', message: 'Envoy is down.' };
      await nodeSays(server, 'node-b', { [uid]: down });
      const text = async (): Promise<string> => {
        await page.getByRole('button', { name: 'Look again' }).click();
        await settled(page);
        return (await page.locator('main').textContent()) ?? '';
      };
      await expect.poll(text, { timeout: 30_000 }).toContain('Envoy is down.');
      expect(await text()).toContain('partly enforced');
      expect(await seriousFaults(page)).toEqual([]);
    });

    it('changes the mode, with what Block would have refused before it', async () => {
      await page.locator('label').filter({ hasText: 'Block' }).click();
      await page.getByRole('button', { name: 'Change the mode' }).click();
      const panel = page.getByRole('region', { name: 'Mode Block' });
      await panel.getByText(/In the last day Block would have refused \d+ requests/).waitFor();
      expect(await panel.getByRole('table').textContent()).toContain('ARGS:q');
      expect(await seriousFaults(page)).toEqual([]);
      await page.getByRole('button', { name: 'Apply' }).click();
      await page.getByRole('status').waitFor();
      const { spec } = await server.get<{ spec: object }>(
        `/apis/sluice.dev/v1alpha1/namespaces/${shop}/wafpolicies/shop`,
      );
      expect(spec).toMatchObject({ mode: 'Block' });
    });

    it('cuts a pod off, and lets it go', async () => {
      await page
        .getByRole('row', { name: /shop-1/ })
        .getByRole('button', { name: 'Quarantine…' })
        .click();
      await page.getByLabel('Reason').fill('it scans its neighbours');
      // Nobody's workload in this cluster: each pod is its own, so the last one.
      await page.getByLabel(/the last ready pod/).check();
      await page.getByRole('button', { name: 'Show what it does' }).click();
      await page.getByLabel('YAML').waitFor();
      expect(await page.getByLabel('YAML').textContent()).toContain('kind: NetworkPolicy');
      await page.getByRole('button', { name: 'Apply' }).click();
      await page.getByRole('status').waitFor();
      expect(Object.keys(await policiesIn(server, shop))).toEqual(['sluice-quarantine']);
      const letGo = page.getByRole('button', { name: 'Let go' });
      await expect
        .poll(
          async () => {
            await page.getByRole('button', { name: 'Look again' }).click();
            return letGo.count();
          },
          { timeout: 30_000, interval: 500 },
        )
        .toBe(1);
      expect(await page.getByRole('row', { name: /shop-1/ }).textContent()).toContain('by jane: it scans');
      await letGo.click();
      await page.getByRole('button', { name: 'Apply' }).click();
      await page.getByRole('status').waitFor();
      expect(await policiesIn(server, shop)).toEqual({});
      expect(faults).toEqual([]);
      expect(stand.console.policyReports).toBe(0);
    });

    it('offers nothing to a viewer', async () => {
      const hers = await openPage(browser, stand.url, faults);
      await signInByToken(hers, tokenOf('vera'));
      await open(hers);
      for (const name of ['Select', 'Keep out', 'Change the mode', 'Quarantine…'])
        expect(await hers.getByRole('button', { name }).count()).toBe(0);
      await hers.goto('/workloads/bank/vault');
      await hers.getByRole('alert').waitFor();
      expect(await hers.getByRole('alert').textContent()).toContain('CONSOLE_WORKLOAD');
      await hers.context().close();
    });
  });

  it('of who is signed in by a provider changes in their name', async () => {
    const context = await browser.newContext({ baseURL: stand.url });
    context.setDefaultTimeout(60_000);
    await context.route(/googleapis/, (route) => route.abort());
    const theirs = await context.newPage();
    await signInThrough(theirs, 'jane@example.org');
    await theirs.getByRole('heading', { name: 'Overview' }).waitFor();
    // The table gives them all namespaces, the cluster one.
    const session = await (await theirs.request.get('/api/session')).json();
    expect(session.user).toMatchObject({ name: JANE, role: 'operator', namespaces: [shop] });
    await open(theirs);
    await theirs.getByRole('button', { name: 'Keep out' }).click();
    await theirs.getByRole('button', { name: 'Apply' }).click();
    await theirs.getByRole('status').waitFor();
    expect(await annotation()).toBe('false');
    const patches = (): readonly unknown[] =>
      readFileSync(join(folder.path, 'audit-log'), 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line))
        .filter(({ requestURI, responseStatus }) => !/dryRun/.test(requestURI) && responseStatus.code === 200)
        .map(({ user: { username }, impersonatedUser }) => [username, impersonatedUser?.username]);
    const own = expect.stringMatching(/^system:serviceaccount:sluice-system:console-/);
    await expect.poll(patches).toEqual([
      ['jane', undefined],
      [own, JANE],
    ]);
    await context.close();
  });

  it('is not in the navigation where there is no cluster, and says why in a line', async () => {
    const alone = await startConsoleStand();
    try {
      const context = await browser.newContext({ baseURL: alone.url });
      const lone = await context.newPage();
      await lone.goto(`/#${alone.token}`);
      await lone.getByLabel('Name').fill('root');
      await lone.getByRole('textbox', { name: 'Password' }).fill('correct horse battery');
      await lone.getByRole('button', { name: 'Make the first user' }).click();
      await lone.getByRole('heading', { name: 'Overview' }).waitFor();
      expect(await lone.getByRole('link', { name: 'Workloads' }).count()).toBe(0);
      await lone.goto('/workloads');
      await lone.getByText('There is no cluster here').waitFor();
      await context.close();
    } finally {
      await alone.close();
    }
  });
});

/** Changes of Services alone, with who asked for them, and in whose name. */
function auditFlags(directory: string): readonly string[] {
  const services = { group: '', resources: ['services'] };
  const rules = [
    { level: 'Metadata', verbs: ['patch'], resources: [services], omitStages: ['RequestReceived'] },
    { level: 'None' },
  ];
  const policy = join(directory, 'audit-policy');
  writeFileSync(policy, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules }));
  return [`--audit-policy-file=${policy}`, `--audit-log-path=${join(directory, 'audit-log')}`];
}
