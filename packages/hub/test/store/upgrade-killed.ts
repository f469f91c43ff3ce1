/** Opens the store for writing, and is killed at the so-many-th word about its upgrade: what was written in that transaction is lost. */
import { Database } from '../../src/store/sqlite/database.ts';

const [path = '', word = ''] = process.argv.slice(2);
let words = 0;
let clock = 0;
// Each part of a step is told.
performance.now = () => {
  clock += 60_000;
  return clock;
};
const settings = { path, readOnly: false, role: 'writer', synchronous: 'NORMAL' } as const;
new Database(settings, ({ done, says }) => {
  process.stdout.write(`${done} ${says}\n`);
  words += 1;
  if (words === Number(word)) process.kill(process.pid, 'SIGKILL');
}).close();
