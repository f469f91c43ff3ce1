/** The life of `sluice serve`: check, listen, and drain on a signal. */
import { once } from 'node:events';
import { join } from 'node:path';
import { Engine } from '@sluice/engine';
import { createEngineInspector, createLog, loadConfig } from '@sluice/server';
import { cacheDirectory } from '../setup/paths.ts';
import { baseFiles } from './base-files.ts';
import { compileProgress } from './compile-progress.ts';
import { EventLog } from './event-log.ts';
import { LineSink } from './line-sink.ts';
import { serve } from './serve.ts';

const LOG_WAITING_BYTES_MAX = 4_194_304;

export async function runServe(path: string, checkOnly: boolean): Promise<void> {
  const config = loadConfig(path);
  if (checkOnly) {
    const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
    const { warnings } = createEngineInspector({
      onProgress: compileProgress((line) => process.stderr.write(line)),
      engine,
      baseFiles: baseFiles(config.rules),
      policies: config.policies,
      select: config.select,
    });
    for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
    process.stdout.write(`${path} is good: ${Object.keys(config.policies).length} policies\n`);
    return;
  }
  // Events have standard output for themselves. Neither may block: a reader that stands still must not stop verdicts.
  const lines = new LineSink(2, LOG_WAITING_BYTES_MAX);
  const log = createLog(config.log.level, lines);
  const events = new EventLog(1, log);
  const server = await serve({ config, log, events });
  const signal = await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  log.info({ signal: String(signal[0]) }, 'draining');
  const cut = await server.drain();
  log.info({ cut }, 'stopped');
  await events.end();
  await lines.end();
}
