/** Appends to the store at argv[2] until it is killed; tells on standard output how many batches were acknowledged. */
import { writeSync } from 'node:fs';
import { SqliteStore } from '@sluice/hub';
import { record } from './fixtures.ts';

const [path = '', prefix = ''] = process.argv.slice(2);
const BATCH = 20;

const store = await SqliteStore.open({ path });
writeSync(1, '0\n');
for (let batch = 0; ; batch += 1) {
  const records = Array.from({ length: BATCH }, (_, at) =>
    record(`${prefix}-${batch}-${at}`, { waf: { rules: [{ id: String(900_000 + batch) }] } }, { at: batch }),
  );
  await store.append(records);
  // Written at once: what stands in the pipe was acknowledged.
  writeSync(1, `${batch + 1}\n`);
}
