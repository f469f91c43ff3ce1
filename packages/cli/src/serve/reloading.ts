/** Reloading of a running server: by its files, and by SIGHUP. */
import type { Engine } from '@sluice/engine';
import {
  type Config,
  type EventSink,
  ExclusionExpiry,
  FileWatch,
  type Log,
  Rehearsals,
  Reloader,
  ReloadMetrics,
  type RuleSetGeneration,
  type RuleSetHost,
  type SluiceServer,
  statusLines,
} from '@sluice/server';
import { baseFiles } from './base-files.ts';
import type { Copies } from './copies.ts';
import type { ConfigSource } from './serve.ts';

export interface ReloadingParts {
  readonly engine: Engine;
  readonly cacheDirectory: string;
  readonly host: RuleSetHost;
  readonly server: SluiceServer;
  readonly copies: Copies;
  readonly events: EventSink | null;
  readonly log: Log;
  readonly source: ConfigSource;
  readonly first: {
    readonly config: Config;
    readonly baseFiles: readonly string[];
    readonly generation: RuleSetGeneration;
    readonly keys: readonly string[];
  };
}

export interface Reloading {
  readonly reloader: Reloader;
  /** Takes nothing over any more. */
  close(): Promise<void>;
}

export async function startReloading(parts: ReloadingParts): Promise<Reloading> {
  const { engine, cacheDirectory, host, server, log, source, first } = parts;
  const rehearsals = new Rehearsals({
    inspector: parts.copies.rehearsing,
    cacheDirectory,
    baseFilesOf: (directory) => baseFiles({ crs: first.config.rules.crs, directory }),
    events: parts.events,
    log,
  });
  const rehearse = (config: Config, generation: RuleSetGeneration): void =>
    void rehearsals.begin(config, generation);
  const reloader = new Reloader({
    engine,
    cacheDirectory,
    host,
    policies: server.policies,
    first,
    read: () => {
      const config = source.read();
      return { config, baseFiles: baseFiles(config.rules) };
    },
    metrics: new ReloadMetrics(server.metrics.registry),
    log,
    onApplied: (config, generation) => {
      rehearse(config, generation);
      parts.copies.begin(config, generation);
      expiry.follow();
    },
    onCapture: (config) => parts.copies.capture.begin(config),
  });
  const expiry = new ExclusionExpiry({
    config: () => reloader.config,
    reload: () => reloader.reload('an exclusion has expired'),
  });
  expiry.follow();
  rehearse(first.config, first.generation);
  server.pages.set('/reload', () => reloader.status);
  server.pages.set('/candidate', () => rehearsals.report ?? { state: 'none' });
  const others = server.details;
  server.details = () => [...statusLines(reloader.status), ...others()];
  const watch = new FileWatch({
    paths: () => [source.path, ...reloader.watched],
    onChange: () => reloader.reload('files changed'),
    log,
  });
  await watch.start();
  const onHangup = (): void => void reloader.reload('SIGHUP');
  process.on('SIGHUP', onHangup);
  return {
    reloader,
    async close() {
      process.off('SIGHUP', onHangup);
      expiry.close();
      reloader.close();
      await watch.close();
      await rehearsals.close();
    },
  };
}
