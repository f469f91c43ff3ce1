/** What quarantine did reaches the hub by the controller's own hand, also where the hub was away meanwhile. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Document } from '@sluice/spool';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deedsToHub } from '../../packages/cli/src/controller/deeds.ts';
import { documentOf } from '../../packages/controller/src/quarantine/audit.ts';
import { MemoryStore } from '../event-store/memory-store.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { startHub } from './stack.ts';

const log = pino({ level: 'silent' });
const AT = Date.parse('2026-11-01T12:00:00Z');
const deed: Document = documentOf(
  {
    ...{
      act: 'quarantined',
      at: AT,
      actor: 'alert scans',
      reason: 'it attacks',
      until: AT + 600_000,
      event: '',
    },
    pod: { namespace: 'shop', name: 'web-1', uid: 'u1', owner: 'Deployment/web' },
  },
  '1',
);

let certificates: Certificates;
let folder: string;
beforeAll(() => {
  certificates = makeCertificates();
  folder = mkdtempSync(join(tmpdir(), 'sluice-deeds-'));
  const { ca, cert, key } = certificates.make('nodes', 2);
  copyFileSync(ca, join(folder, 'ca.crt'));
  copyFileSync(cert, join(folder, 'tls.crt'));
  copyFileSync(key, join(folder, 'tls.key'));
});
afterAll(() => {
  for (const directory of [certificates.directory, folder]) rmSync(directory, { recursive: true });
});

it('is stored once, however often it is told, and not lost while the hub is away', async () => {
  const store = new MemoryStore();
  const first = await startHub({ store, certificates });
  const record = deedsToHub({ hub: first.nodesUrl, hubTls: folder }, log);
  await first.hub.close();
  await expect(record?.([deed])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  const again = new MemoryStore();
  const { hub } = await startHub({ store: again, certificates, nodesPort: first.addresses.nodes ?? 0 });
  try {
    await record?.([deed]);
    await record?.([deed]);
    const { documents } = await again.search({ dataSet: 'waf', query: { kind: 'all' }, size: 10 });
    expect(documents.map(({ document }) => document)).toMatchObject([
      {
        event: { action: 'quarantine-quarantined' },
        waf: { quarantine: { act: 'quarantined', pod: 'web-1', actor: 'alert scans' } },
      },
    ]);
  } finally {
    await hub.close();
  }
});

it('has nobody to go to without a hub, and is refused without a certificate', () => {
  expect(deedsToHub({}, log)).toBeUndefined();
  expect(() => deedsToHub({ hub: 'https://hub:7443' }, log)).toThrow('--hub-tls');
});
