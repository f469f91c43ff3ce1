/** `sluice serve` once there is something to serve: node serve-when-told.ts MAIN CONFIGURATION */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MILLIS = 50;
const [main = '', configuration = ''] = process.argv.slice(2);
while (!existsSync(configuration)) await sleep(LOOK_MILLIS);
process.argv.splice(1, process.argv.length, main, 'serve', '-c', configuration);
await import(main);
