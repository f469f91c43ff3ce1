import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteStore } from '@sluice/hub';
import { afterAll } from 'vitest';
import { describeEventStore } from './contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-store-'));
let stores = 0;

describeEventStore(
  'SQLite',
  () => {
    stores += 1;
    return SqliteStore.open({ path: join(folder, `${stores}.db`) });
  },
  { queries: 150, arrivals: true },
);

afterAll(() => rmSync(folder, { recursive: true, force: true }));
