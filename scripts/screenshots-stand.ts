/** A console with a day of events, an alert, policies and a cluster: what pictures show. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileDesk } from '../packages/cli/src/console/desk.ts';
import { readAlertSpecs } from '../packages/hub/src/index.ts';
import { createLog } from '../packages/server/src/log.ts';
import { type ClusterStand, startClusterStand } from '../test/console/cluster-stand.ts';
import { seededEvents, seededTraffic } from '../test/console/seed.ts';
import { type StandOptions, store } from '../test/console/stand.ts';
import type { ApiServer } from '../test/kubernetes/api-server.ts';
import { makeService } from '../test/kubernetes/view-stand.ts';

export const EVENTS = 2_400;
export const UNTIL = Date.UTC(2026, 10, 23, 9);
const PAYLOADS = [
  "1' OR 1=1 --",
  '<script>alert(1)</script>',
  '../../etc/passwd',
  ';cat /etc/passwd',
  "' UNION SELECT password FROM users --",
  '<img src=x onerror=alert(1)>',
];

const POLICIES = {
  shop: {
    mode: 'Block',
    select: { hosts: ['shop.example'] },
    exclusions: [
      {
        ...{ rules: [942_100], targets: ['ARGS:q'], paths: ['/search'], owner: 'jane@example.org' },
        ...{ reason: 'people search for names with apostrophes', expires: '2027-03-01T00:00:00Z' },
      },
    ],
  },
  bank: { mode: 'Detect', select: { hosts: ['bank.example'] } },
};

/** What the console asks about policies: a file of its own. */
const deskOf: NonNullable<StandOptions['deskOf']> = (events, directory) => {
  const file = join(directory, 'sluice.yaml');
  writeFileSync(file, JSON.stringify({ policies: POLICIES }));
  return new FileDesk({ file, store: events, log: createLog('silent') });
};

export async function seededStand(server: ApiServer): Promise<ClusterStand> {
  for (const name of ['shop', 'bank'])
    await server.request('POST', '/api/v1/namespaces', { metadata: { name } });
  await makeService(server, 'shop', 'shop', { pods: { 'shop-1': 'node-a', 'shop-2': 'node-b' } });
  await makeService(server, 'bank', 'vault', { pods: { 'vault-1': 'node-a' } });
  const [example] = readAlertSpecs(join(import.meta.dirname, '../test/alerts/global-alert-942100.yaml'));
  const began = Date.now();
  const stand = await startClusterStand(server, {
    alerts: { [example?.name ?? '']: example?.spec },
    now: () => UNTIL + Date.now() - began,
    deskOf,
  });
  await store(stand.store, seededEvents({ events: EVENTS, until: UNTIL, payloads: PAYLOADS }));
  await store(stand.store, seededTraffic(UNTIL, ['/items', '/items/{n}', '/cart']));
  return stand;
}
