/** Where events go, by what sluice.yaml says: nowhere, and then none is made. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog, parseConfig } from '@sluice/server';
import { recordsOf } from '@sluice/spool';
import { describe, expect, it } from 'vitest';
import { openEventSinks } from '../../src/serve/event-sinks.ts';

const log = createLog('silent');

describe('the sinks of events', () => {
  it('are none where neither standard output nor a spool is wanted', async () => {
    const sinks = await openEventSinks(parseConfig('events: {stdout: false}', 'sluice.yaml'), log);
    expect(sinks.sink).toBeNull();
    await sinks.end();
  });

  it('are one where there is a spool', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-sinks-'));
    const text = `events: {stdout: false, spool: {directory: "${folder}"}}`;
    const sinks = await openEventSinks(parseConfig(text, 'sluice.yaml'), log);
    expect(sinks.sink).not.toBeNull();
    await sinks.end();
    rmSync(folder, { recursive: true });
  });

  it('have each event kept or counted, whether it was asked for first or not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-sinks-'));
    const spool = `{directory: "${folder}", flood: {perSecond: 1, burst: 2, sampleOneIn: 10}}`;
    const sinks = await openEventSinks(parseConfig(`events: {spool: ${spool}}`, 'sluice.yaml'), log);
    const event = (id: string) => ({
      '@timestamp': '2026-01-02T03:04:05.000Z',
      event: { id, dataset: 'sluice.waf', type: ['denied'], action: 'deny', outcome: 'success' },
      source: { ip: '192.0.2.1' },
      waf: { policy: 'shop', mode: 'Block', would_block: true, rules: [{ id: '1' }] },
    });
    const { sink } = sinks;
    for (let at = 0; at < 50; at++) {
      const { event: own, ...rest } = event(`id-${at}`);
      const { id: _, ...brief } = own;
      if (at % 2 === 0) sink?.accept(event(`id-${at}`));
      else if (sink?.shares?.admits('192.0.2.1')) sink.shares.keep(event(`id-${at}`));
      else sink?.shares?.count({ ...rest, event: brief });
    }
    await sinks.end();
    const documents = [];
    for await (const { record } of recordsOf(folder)) documents.push(record.document);
    const sums = documents.filter(({ waf }) => Object.hasOwn(waf as object, 'flood'));
    expect(sums).toMatchObject([
      {
        source: { ip: '192.0.2.1' },
        event: { type: ['denied'], action: 'deny', outcome: 'success' },
        waf: { policy: 'shop', rules: [{ id: '1' }], flood: { count: 50 - (documents.length - 1) } },
      },
    ]);
    // The burst and samples; a busy machine may take long enough for a share more.
    expect(documents.length - 1).toBeGreaterThanOrEqual(6);
    expect(documents.length - 1).toBeLessThan(30);
    rmSync(folder, { recursive: true });
  });
});
