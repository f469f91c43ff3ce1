/** A server over rule files in a folder of its own, which reloads them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from '@sluice/engine';
import { onTestFinished } from 'vitest';
import { CHECK_PATH } from '../../src/check.ts';
import { parseConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { createPoolInspector } from '../../src/pool/pool-inspector.ts';
import { build } from '../../src/reload/build.ts';
import { Reloader, type ReloaderOptions } from '../../src/reload/reload.ts';
import { ReloadMetrics } from '../../src/reload/reload-metrics.ts';
import { unitKeys } from '../../src/reload/unit-key.ts';
import { buildGeneration } from '../../src/rule-sets.ts';
import { createServer, type SluiceServer } from '../../src/server.ts';
import { checkMessage, metadataOf, outcome } from '../support/protos.ts';
import { GrpcClient } from '../support/raw-client.ts';

export const BASE = `SecRuleEngine On
SecRequestBodyAccess On
SecRule ARGS "@contains evil" "id:1,phase:2,deny,log,msg:'evil'"
`;

export interface WorldOptions {
  readonly build?: ReloaderOptions['build'];
  /** The base's text. */
  readonly base?: string;
  readonly poolThreads?: number;
}

export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'sluice-reload-'));
  readonly lines: string[] = [];
  /** Whether the base counts as one that finds attacks. */
  crs = false;
  readonly socket = join(this.folder, 's.sock');

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** The policies as YAML, below `policies:`. */
  writeConfig(policies: string, rest = ''): string {
    return this.write(
      'sluice.yaml',
      `listen: ["unix:${this.socket}"]\nadmin: 127.0.0.1:0\nrules: {crs: ${this.crs}}\n${rest}\npolicies:\n${policies}`,
    );
  }

  /** Begins with what was written, and ends with the test. */
  async start(text: string, options: WorldOptions = {}) {
    this.write('base.conf', options.base ?? BASE);
    this.writeConfig(text, `limits: {poolThreads: ${options.poolThreads ?? 0}}`);
    const cacheDirectory = join(this.folder, 'cache');
    const engine = new Engine({ cacheDirectory });
    const read = () => ({
      config: parseConfig(this.read('sluice.yaml'), join(this.folder, 'sluice.yaml')),
      baseFiles: [join(this.folder, 'base.conf')],
    });
    const first = read();
    const { config } = first;
    const { generation } = buildGeneration({ ...config, engine, id: 1, baseFiles: first.baseFiles });
    const log = createLog('info', { write: (line: string) => this.lines.push(line) });
    const inspector = await createPoolInspector({ engine, generation, limits: config.limits, log });
    const server = createServer({ config, inspector, log, closeInspector: () => inspector.close() });
    await server.start();
    const reloader = new Reloader({
      engine,
      cacheDirectory,
      host: inspector,
      policies: server.policies,
      first: { ...first, generation, keys: unitKeys(generation) },
      read,
      metrics: new ReloadMetrics(server.metrics.registry),
      log,
      build: options.build ?? build,
    });
    onTestFinished(async () => {
      reloader.close();
      await server.close();
      rmSync(this.folder, { recursive: true, force: true });
    });
    return { server, reloader, inspector };
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }
}

/** A rule that denies a word in any argument. */
export const rule = (id: number, word: string): string =>
  `SecRule ARGS "@contains ${word}" "id:${id},phase:2,deny,log"\n`;

/** Asks a server as Envoy does. */
export function clientOf(server: SluiceServer) {
  const [address] = server.addresses;
  if (address === undefined) throw new TypeError('it listens nowhere');
  const client = new GrpcClient(address);
  onTestFinished(() => client.close());
  return async (path: string, policy = 'default') => {
    const message = checkMessage({ path, extensions: { 'sluice.policy': policy } });
    const reply = await client.unary(CHECK_PATH, message, 60_000);
    return { outcome: outcome(reply), rules: metadataOf(reply, 'rule_ids') };
  };
}
