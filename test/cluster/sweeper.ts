/**
 * Clears away what a test has left when it could not do so itself: node sweeper.ts PREFIX PID FOLDER…, with a standard input that ends with
 * the test. Whatever runs in a network namespace whose name begins with the prefix is killed, and the namespace goes; so do the process and the folders.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';

const NAMESPACES = '/run/netns';
const [prefix = '', hub = '', ...folders] = process.argv.slice(2);

process.stdin.resume();
process.stdin.once('data', () => process.exit());
process.stdin.once('end', () => {
  spawnSync('kill', ['-KILL', hub]);
  for (const name of readdirSync(NAMESPACES).filter((each) => each.startsWith(prefix))) {
    const { stdout } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
    for (const pid of stdout.split('\n').filter((each) => /^\d+$/.test(each)))
      spawnSync('kill', ['-KILL', pid]);
    spawnSync('ip', ['netns', 'del', name]);
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
