import { readFileSync, writeFileSync } from 'node:fs';
import { SpoolReader } from '@sluice/spool';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../packages/cli/test/serve/free-port.ts';
import { call } from './envoy-client.ts';
import { type Stack, type StackOptions, startStack } from './envoy-stack.ts';

const ATTACK = '/?id=1%27%20or%201=1--%20';

interface Spooling {
  readonly stack: Stack;
  readonly directory: string;
  page(path: string): Promise<string>;
}

async function startSpooling(events: object, options: StackOptions = {}): Promise<Spooling> {
  const port = await freePort();
  const settings = { admin: `127.0.0.1:${port}`, events, ...options.settings };
  const stack = await startStack({ ...options, settings });
  onTestFinished(() => stack.stop());
  return {
    stack,
    directory: stack.directory.join('spool'),
    page: async (path) => (await call(port, { path })).body,
  };
}

async function openReader(directory: string): Promise<SpoolReader> {
  const reader = await SpoolReader.open({ directory, name: 'test' });
  onTestFinished(() => reader.close());
  return reader;
}

const isEvent = (line: Record<string, unknown>): boolean => 'waf' in line;

it('keeps events in its spool, tells of it, and has written all when it ends', async () => {
  const { stack, directory, page } = await startSpooling({
    node: 'node-7',
    spool: { directory: 'FOLDER/spool' },
  });
  const reader = await openReader(directory);
  expect((await call(stack.port, { path: ATTACK })).status).toBe(403);
  const [entry] = await reader.read({ recordsMax: 1, bytesMax: 1 });
  expect(entry?.record).toMatchObject({
    dataSet: 'waf',
    source: '127.0.0.1',
    document: { event: { action: 'deny' }, host: 'node-7', source: { ip: '127.0.0.1' } },
  });
  expect(entry?.record.document.event).toMatchObject({ id: entry?.record.id });
  expect(await page('/readyz')).toMatch(/^ready\n(.*\n)*spool \/.*\/spool: \d+ bytes\n/);
  const metrics = await page('/metrics');
  expect(metrics).toMatch(/^sluice_events_total\{outcome="written"\} 1$/m);
  expect(metrics).toMatch(/^sluice_events_total\{outcome="lost"\} 0$/m);
  expect(metrics).toMatch(/^sluice_spool_unread_bytes\{reader="test"\} [1-9]\d*$/m);
  // Answered and not yet written when the signal comes: the drain writes it.
  await Promise.all(Array.from({ length: 20 }, () => call(stack.port, { path: ATTACK })));
  stack.sluice.child.kill('SIGTERM');
  await stack.sluice.exited;
  expect(stack.sluice.child.exitCode).toBe(0);
  const rest = [];
  for (;;) {
    const entries = await reader.read({ recordsMax: 100, bytesMax: 10_000_000, waitMillis: 200 });
    if (entries.length === 0) break;
    rest.push(...entries);
  }
  expect(rest.filter(({ record }) => record.dataSet === 'waf').length).toBe(20);
  expect(rest.some(({ record }) => record.dataSet === 'l7')).toBe(true);
  expect(stack.sluice.lines.filter(isEvent)).toEqual([]);
});

it('sums up what one client sends beyond its share, exactly', async () => {
  const flood = { perSecond: 1, burst: 5, sampleOneIn: 10 };
  const { stack, directory } = await startSpooling({ spool: { directory: 'FOLDER/spool', flood } });
  for (let index = 0; index < 60; index++) await call(stack.port, { path: ATTACK });
  stack.sluice.child.kill('SIGTERM');
  await stack.sluice.exited;
  const reader = await openReader(directory);
  let kept = 0;
  let counted = 0;
  for (;;) {
    const entries = await reader.read({ recordsMax: 100, bytesMax: 10_000_000, waitMillis: 0 });
    if (entries.length === 0) break;
    for (const { record } of entries) {
      if (record.dataSet !== 'waf') continue;
      const { flood: summary } = record.document.waf as { flood?: { count: number } };
      if (summary === undefined) kept++;
      else counted += summary.count;
    }
  }
  expect(kept + counted).toBe(60);
  expect(counted).toBeGreaterThan(30);
});

it('prints events, too, where it is told so; and says that only a restart takes other settings over', async () => {
  const { stack, directory, page } = await startSpooling({
    stdout: true,
    spool: { directory: 'FOLDER/spool' },
  });
  await call(stack.port, { path: ATTACK });
  await expect.poll(() => stack.sluice.lines.filter(isEvent).length).toBe(1);
  expect((await (await openReader(directory)).read({ recordsMax: 1, bytesMax: 1 })).length).toBe(1);
  const configuration = stack.directory.join('0.yaml');
  writeFileSync(configuration, readFileSync(configuration, 'utf8').replace('/spool"', '/other"'));
  stack.sluice.child.kill('SIGHUP');
  await expect
    .poll(() => page('/readyz'), { timeout: 60_000 })
    .toContain('taken over at the next start: events');
});

it('does not start beside another writer of its spool', async () => {
  const { stack } = await startSpooling({ spool: { directory: 'FOLDER/spool' } });
  const settings = { events: { spool: { directory: stack.directory.join('spool') } } };
  await expect(startStack({ settings })).rejects.toThrow(/sluice serve ended/);
});
