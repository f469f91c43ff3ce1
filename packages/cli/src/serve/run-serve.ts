/** The life of `sluice serve`: check, listen, and drain on a signal. */
import { join } from 'node:path';
import { Engine } from '@sluice/engine';
import { type Config, createEngineInspector, createLog, loadConfig } from '@sluice/server';
import { endInAnyCase, toldToEnd } from '../process-end.ts';
import { cacheDirectory } from '../setup/paths.ts';
import { baseFiles } from './base-files.ts';
import { compileProgress } from './compile-progress.ts';
import { EVENTS_WAITING_BYTES_MAX, tellDropped } from './event-log.ts';
import { openEventSinks } from './event-sinks.ts';
import { LineSink } from './line-sink.ts';
import { configOfProcess, LISTENING, PROCESS_INDEX, Processes } from './processes.ts';
import { serve } from './serve.ts';

const LOG_WAITING_BYTES_MAX = 4_194_304;
/** Beside the times of a drain: to end what compiles and rehearses, and to write the last lines. */
const OVERDUE_MILLIS = 10_000;

export interface ServeFlags {
  readonly check: boolean;
  readonly processes: number;
}

export async function runServe(path: string, { check: checkOnly, processes }: ServeFlags): Promise<void> {
  const index = process.env[PROCESS_INDEX];
  const whole = loadConfig(path);
  if (processes > 1 && index === undefined && !checkOnly) return runProcesses(path, whole, processes);
  const own = (config: Config): Config =>
    index === undefined ? config : configOfProcess(config, Number(index));
  const config = own(whole);
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
  const events = await openEventSinks(config, log);
  const source = { path, read: () => own(loadConfig(path)) };
  // Where there are sockets an end is a drain; before, a signal ends the process as any other.
  let end: Promise<string> | null = null;
  const beforeListening = (): void => {
    // Without its parent nobody would tell this process to end.
    end = toldToEnd('SIGTERM', 'SIGINT', 'disconnect');
  };
  const { server, reloading } = await serve({
    config,
    log,
    events: events.sink,
    spool: events.spool,
    source,
    beforeListening,
    onListening: () => process.send?.(LISTENING),
  }).catch((error: unknown) => {
    // Who waits for the parent's end would wait on.
    if (end !== null) process.disconnect?.();
    throw error;
  });
  log.info({ signal: await end }, 'draining');
  endInAnyCase(config.drain.noticeMillis + config.drain.waitMillis + OVERDUE_MILLIS);
  await reloading?.close();
  const cut = await server.drain();
  log.info({ cut }, 'stopped');
  await events.end();
  await lines.end();
  process.disconnect?.();
}

async function runProcesses(path: string, config: Config, count: number): Promise<void> {
  const lines = new LineSink(2, LOG_WAITING_BYTES_MAX);
  const log = createLog(config.log.level, lines);
  const events = new LineSink(1, EVENTS_WAITING_BYTES_MAX, tellDropped(log));
  const [, file = ''] = process.argv;
  const all = new Processes({ command: [file, 'serve', '-c', path], count, log, events, lines });
  const handOn = (signal: NodeJS.Signals): void => all.stop(signal);
  const reload = (): void => all.signal('SIGHUP');
  process.once('SIGTERM', handOn).once('SIGINT', handOn).on('SIGHUP', reload);
  try {
    await all.run();
  } finally {
    process.off('SIGTERM', handOn).off('SIGINT', handOn).off('SIGHUP', reload);
    await events.end();
  }
  // Not where it failed: standard error is still to say why.
  await lines.end();
}
