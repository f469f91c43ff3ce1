/** Where events go, by what sluice.yaml says: nowhere, and then none is made. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog, parseConfig } from '@sluice/server';
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
});
