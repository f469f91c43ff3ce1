/** Runs the scenario and is killed at its Nth step on disk: in front of it, or in the middle of a write. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { scenario } from './crash-scenario.ts';

const [, , root = '', keys = '', at = '0'] = process.argv;
const last = Number(at);
let steps = 0;

const die = (): void => {
  process.kill(process.pid, 'SIGKILL');
};

const { openSync, renameSync, rmSync, mkdirSync, writeFileSync } = fs;

/** @returns whether this is the last one */
function step(path: unknown): boolean {
  // Files of the node alone: what the world around it does is no step.
  if (typeof path === 'string' && !path.startsWith(`${root}/node`)) return false;
  steps++;
  return steps === last;
}

fs.openSync = ((path: fs.PathLike, ...rest: [never]) => {
  if (rest[0] === 'w' && step(path)) die();
  return openSync(path, ...rest);
}) as typeof openSync;
fs.renameSync = (from, to) => {
  if (step(from)) die();
  renameSync(from, to);
};
fs.rmSync = (path, options) => {
  if (step(path)) die();
  rmSync(path, options);
};
fs.mkdirSync = ((path: fs.PathLike, options: never) => {
  if (step(path)) die();
  return mkdirSync(path, options);
}) as typeof mkdirSync;
fs.writeFileSync = ((file: fs.PathOrFileDescriptor, text: string, options: never) => {
  if (typeof file === 'number' && step(file)) {
    writeFileSync(file, text.slice(0, text.length / 2), options);
    die();
  }
  writeFileSync(file, text, options);
}) as typeof writeFileSync;
syncBuiltinESMExports();

await scenario(root, keys);
process.stdout.write(String(steps));
