/** The life of `sluice serve`: check, listen, and drain on a signal. */
import { once } from 'node:events';
import { join } from 'node:path';
import { Engine } from '@sluice/engine';
import { createEngineInspector, createLog, loadConfig } from '@sluice/server';
import { cacheDirectory } from '../setup/paths.ts';
import { baseFiles } from './base-files.ts';
import { EventLog } from './event-log.ts';
import { serve } from './serve.ts';

export async function runServe(path: string, checkOnly: boolean): Promise<void> {
  const config = loadConfig(path);
  if (checkOnly) {
    const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
    const { warnings } = createEngineInspector({
      engine,
      baseFiles: baseFiles(config.rules),
      policies: config.policies,
    });
    for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
    process.stdout.write(`${path} is good: ${Object.keys(config.policies).length} policies\n`);
    return;
  }
  const log = createLog(config.log.level);
  const server = await serve({ config, log, events: new EventLog((line) => process.stdout.write(line)) });
  const signal = await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  log.info({ signal: String(signal[0]) }, 'draining');
  const cut = await server.drain();
  log.info({ cut }, 'stopped');
}
