/** Statuses of Calico's objects, on the real API server: what of them is honoured, told where their users look. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CalicoKind } from '../../packages/controller/src/calico/kinds.ts';
import { calicoInput } from '../../packages/controller/src/calico/state.ts';
import { CalicoStatusWriter } from '../../packages/controller/src/calico/status-writer.ts';
import { calicoStatuses } from '../../packages/controller/src/calico/statuses.ts';
import { NO_CALICO_OBJECTS } from '../../packages/controller/src/calico/translate.ts';
import { installDefinitions } from '../../packages/controller/src/install/install.ts';
import { readPresence } from '../../packages/controller/src/install/presence.ts';
import { tokenOf } from './api-files.ts';
import { type Manifest, manifestsIn } from './api-requests.ts';
import { ADMIN, ApiServer } from './api-server.ts';
import { PlainApi } from './plain-api.ts';
import { suiteWithApiServer } from './suite.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../deploy/examples/calico');
const example = (name: string): Manifest => manifestsIn(readFileSync(resolve(EXAMPLES, name), 'utf8'))[0]!;

suiteWithApiServer("statuses of Calico's objects", () => {
  let api: ApiServer;
  let client: PlainApi;
  const warnings: string[] = [];
  const log = {
    info: () => undefined,
    warn: (fields: object) => warnings.push(JSON.stringify(fields)),
    error: () => undefined,
  };
  let hours = 0;
  const now = (): Date => new Date(Date.UTC(2026, 0, 1, hours++));
  beforeAll(async () => {
    api = await ApiServer.start();
    client = new PlainApi(api.url, tokenOf(ADMIN), api.authority);
    await installDefinitions(client, { calico: true });
  });
  afterAll(async () => {
    client?.close();
    await api?.stop();
  });

  const writer = (signal = new AbortController().signal): CalicoStatusWriter =>
    new CalicoStatusWriter({ api: client, log, signal, now, retryMillis: 1 });

  /** As the API server has it. */
  const at = async (manifest: Manifest): Promise<Manifest> => api.get<Manifest>(await api.pathOf(manifest));

  async function statusesFor(...manifests: readonly Manifest[]) {
    const objects: Record<CalicoKind, Manifest[]> = { ...NO_CALICO_OBJECTS } as never;
    for (const manifest of manifests) objects[manifest.kind as CalicoKind] = [await at(manifest)];
    const input = calicoInput({ objects, presence: await readPresence(client), sluice: null });
    return calicoStatuses([], input.state);
  }

  it('say Ready, and what is not honoured; and keep the time at which a condition changed', async () => {
    const layer = example('application-layer.yaml');
    await api.apply([layer]);
    const statuses = writer();
    statuses.update(await statusesFor(layer));
    await statuses.settled();
    const first = await at(layer);
    expect(first.status).toMatchObject({
      state: 'Ready',
      conditions: [{ type: 'Accepted', status: 'True', observedGeneration: 1, message: 'Read by Sluice.' }],
    });
    await api.apply([{ ...layer, spec: { webApplicationFirewall: 'Enabled', sidecarInjection: 'Enabled' } }]);
    // Another one that leads.
    const next = writer();
    next.update(await statusesFor(layer));
    await next.settled();
    const { lastTransitionTime } = (first.status as { conditions: { lastTransitionTime: string }[] })
      .conditions[0]!;
    expect((await at(layer)).status).toMatchObject({
      conditions: [
        {
          lastTransitionTime,
          observedGeneration: 2,
          message: expect.stringContaining('spec.sidecarInjection'),
        },
      ],
    });
  });

  it('of an alert say why nothing comes of it, and change when it does', async () => {
    const alert = example('global-alert-942100.yaml');
    const flows = { ...alert, spec: { ...(alert.spec as object), dataSet: 'flows' } };
    await api.apply([flows]);
    const statuses = writer();
    statuses.update(await statusesFor(flows));
    await statuses.settled();
    expect((await at(alert)).status).toMatchObject({
      ...{
        active: false,
        healthy: false,
        errorConditions: [{ message: expect.stringContaining('no flows') }],
      },
      conditions: [{ type: 'Accepted', status: 'False', reason: 'NotSupported' }],
    });
    await api.apply([alert]);
    statuses.update(await statusesFor(alert));
    await statuses.settled();
    const taken = { conditions: [{ type: 'Accepted', status: 'True' }] };
    expect((await at(alert)).status).toMatchObject({ active: false, healthy: true, ...taken });
    // The hub evaluates it from now on, and says so.
    const said = { active: true, healthy: true, lastExecuted: '2026-01-01T00:00:00Z' };
    await api.patchStatus(alert, said);
    const next = writer();
    next.update(await statusesFor(alert));
    await next.settled();
    expect((await at(alert)).status).toMatchObject({ ...said, ...taken });
  });

  it('are written once while nothing changes, and of an object that is gone not at all', async () => {
    const layer = example('application-layer.yaml');
    const [status] = await statusesFor(layer);
    const statuses = writer();
    client.writes.length = 0;
    statuses.update([status!, { ...status!, name: 'gone' }]);
    await statuses.settled();
    statuses.update([status!]);
    await statuses.settled();
    expect(client.writes).toEqual([
      'PATCH /apis/operator.tigera.io/v1/applicationlayers/tigera-secure/status',
    ]);
    statuses.update([{ ...status!, uid: 'another' }]);
    await statuses.settled();
    expect(client.writes).toHaveLength(2);
  });

  it('are tried again after an API server that was away, and not behind the end of a term', async () => {
    const layer = example('application-layer.yaml');
    const [status] = await statusesFor(layer);
    const term = new AbortController();
    const statuses = writer(term.signal);
    await api.kill();
    warnings.length = 0;
    statuses.update([status!]);
    await expect.poll(() => warnings.length).toBeGreaterThan(1);
    await api.restart();
    await statuses.settled();
    client.writes.length = 0;
    term.abort();
    statuses.update([{ ...status!, uid: 'another' }]);
    await statuses.settled();
    expect(client.writes).toEqual([]);
  });

  it('that the API server refuses for good are told once', async () => {
    const [status] = await statusesFor(example('application-layer.yaml'));
    const statuses = writer();
    warnings.length = 0;
    statuses.update([{ ...status!, conditions: [{ ...status!.conditions[0]!, reason: '' as never }] }]);
    await statuses.settled();
    expect(warnings).toEqual([expect.stringContaining('422')]);
  });
});
