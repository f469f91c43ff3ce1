/** `sluice crds` and `sluice import calico` against the real API server: what they print is applied, and by themselves. */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { definitions } from '../../packages/controller/src/install/install.ts';
import { manifestsIn } from './api-requests.ts';
import { ApiServer } from './api-server.ts';
import { suiteWithApiServer } from './suite.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MAIN = resolve(ROOT, 'packages/cli/src/main.ts');
const run = promisify(execFile);

async function sluice(...args: readonly string[]): Promise<string> {
  return (await run(process.execPath, [MAIN, ...args], { cwd: ROOT, maxBuffer: 16_777_216 })).stdout;
}

it('prints all definitions, and only ours where Calico’s are not asked for', async () => {
  expect(manifestsIn(await sluice('crds', 'print'))).toEqual(definitions({ calico: false }));
  expect(manifestsIn(await sluice('crds', 'print', '--calico'))).toEqual(definitions({ calico: true }));
});

suiteWithApiServer('sluice crds apply', () => {
  let api: ApiServer;
  beforeAll(async () => {
    api = await ApiServer.start();
  });
  afterAll(() => api?.stop());

  it('installs them in the cluster of a kubeconfig, so that what is imported can be applied', async () => {
    const told = await sluice('crds', 'apply', '--calico', '--kubeconfig', api.kubeconfig());
    expect(told.split('\n').filter((line) => line.endsWith(' applied'))).toHaveLength(
      definitions({ calico: true }).length,
    );
    const examples = ['application-layer.yaml', 'global-alert-942100.yaml'].map(
      (name) => `deploy/examples/calico/${name}`,
    );
    const namespace = await api.namespace();
    const imported = await sluice('import', 'calico', '--system-namespace', namespace, ...examples);
    const applied = await api.apply(imported);
    expect(applied.map(({ kind, metadata }) => [kind, metadata.name])).toEqual([
      ['Sluice', 'sluice'],
      ['Alert', 'waf-new-alert-rule-info'],
    ]);
  });

  it('says what it has left as it is', async () => {
    const name = 'globalalerts.projectcalico.org';
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;
    await api.request('PATCH', path, { metadata: { labels: { 'app.kubernetes.io/part-of': 'calico' } } });
    const told = await sluice('crds', 'apply', '--calico', '--kubeconfig', api.kubeconfig());
    expect(told).toContain(`projectcalico.org left as it is: the CRD ${name} is there, and is not Sluice's.`);
    expect(told).toContain('Instead: write Alert of sluice.dev');
  });
});
