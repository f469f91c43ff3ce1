import { Registry } from 'prom-client';
import { expect, it, vi } from 'vitest';
import { Reflector } from '../../src/cluster/reflector.ts';
import type { RawObject } from '../../src/cluster/source.ts';
import { watchMetrics } from '../../src/mirror/metrics.ts';
import { ModelSource } from '../cluster/model-source.ts';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

it('metrics say of each kind what is known and whether it is right; several watches of one kind are one', async () => {
  const watch = (name: string): readonly [ModelSource, Reflector<unknown>] => {
    const source = new ModelSource();
    source.put('a', 1);
    const project = (raw: RawObject): unknown => {
      if (raw.data === 13) throw new RangeError('13');
      return raw.data;
    };
    const times = { retryMillisMin: 60_000, retryMillisMax: 60_000 };
    const reflector = new Reflector<unknown>(
      { name, source, project },
      { log: SILENT, changed: () => undefined },
      times,
    );
    reflector.start();
    return [source, reflector];
  };
  const [pods, ...others] = [watch('Pod'), watch('Secret'), watch('Secret')];
  const all = [pods, ...others].map(([, reflector]) => reflector);
  const registry = new Registry();
  watchMetrics(registry, () => all);
  await vi.waitFor(() => expect(all.map(({ status }) => status.state)).toEqual(all.map(() => 'watching')));
  pods[0].put('a', 2);
  pods[0].put('a', 13);
  await vi.waitFor(() => expect(pods[1].counts.unreadable).toBe(1));
  const text = () => registry.metrics();
  await vi.waitFor(async () => expect(await text()).toContain('watch_events_total{kind="Pod"} 2'));
  expect(await text()).toContain('sluice_controller_watch_objects{kind="Secret"} 2');
  expect(await text()).toContain('sluice_controller_watch_up{kind="Pod"} 1');
  expect(await text()).toContain('sluice_controller_watch_unreadable_total{kind="Pod"} 1');
  expect([...pods[1].snapshot().values()]).toEqual([2]);
  await Promise.all(all.map((reflector) => reflector.stop()));
});
