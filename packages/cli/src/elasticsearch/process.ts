/**
 * A real Elasticsearch as a child process, which leaves nothing behind:
 *
 *     const server = await startElasticsearch({ version: '8.19.8' });
 *     await fetch(`${server.url}/_cluster/health`);
 *     await server.kill();       // as a crash would
 *     await server.restart();    // at the same address, on what it had on disk
 *     await server.stop();
 *
 * It has no password, listens on 127.0.0.1 only, and is the minimal distribution that Maven has: no data-stream and
 * life-cycle APIs, no `GET /`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ElasticsearchVersion, elasticsearchInstallation } from '../setup/elasticsearch.ts';
import { ElasticsearchError } from './errors.ts';
import { ElasticsearchFolder, type ElasticsearchSettings, OTHER_USER } from './folder.ts';
import { groupRuns, signalGroup } from './group.ts';

export interface StartElasticsearchOptions {
  readonly version: ElasticsearchVersion;
  /** Beside, and instead of, those that make it a server on its own: `thread_pool.write.queue_size`. */
  readonly settings?: ElasticsearchSettings;
  /** 512 unless said otherwise; the process takes about 300 more. */
  readonly heapMebibytes?: number;
  readonly startMillisMax?: number;
}

const HEAP_MEBIBYTES = 512;
/** Ten seconds on an idle machine, more than a minute where eight times as much wants to run as there are processors. */
const START_MILLIS_MAX = 240_000;
const STOP_MILLIS_MAX = 10_000;
const POLL_MILLIS = 50;
const HEALTH = '_cluster/health?wait_for_status=yellow&timeout=1s';

const SETTINGS: ElasticsearchSettings = {
  'discovery.type': 'single-node',
  'xpack.security.enabled': false,
  'network.host': '127.0.0.1',
  'http.port': 0,
  'transport.port': 0,
  'node.portsfile': true,
  // Each test has indices of its own, which nobody removes before the server ends.
  'cluster.max_shards_per_node': 10_000,
  // How full the machine's disk is, is not this server's affair.
  'cluster.routing.allocation.disk.threshold_enabled': false,
};

interface Launch {
  readonly child: ChildProcess;
  /** Resolves when the launcher has ended, to "code 1" or "signal SIGKILL". */
  readonly exited: Promise<string>;
}

export class ElasticsearchProcess {
  readonly version: ElasticsearchVersion;
  readonly #options: StartElasticsearchOptions;
  readonly #folder: ElasticsearchFolder;
  readonly #atExit = (): void => signalGroup(this.pid, 'SIGKILL');
  #launch: Launch;
  #address = '';

  constructor(options: StartElasticsearchOptions, folder: ElasticsearchFolder, launch: Launch) {
    this.version = options.version;
    this.#options = options;
    this.#folder = folder;
    this.#launch = launch;
    // Ahead of those who remove folders.
    process.prependOnceListener('exit', this.#atExit);
  }

  /** Of the launcher, and of the group of processes in which the server is, too. */
  get pid(): number {
    return this.#launch.child.pid ?? 0;
  }

  /** `http://127.0.0.1:PORT`, the same after a restart. */
  get url(): string {
    return `http://${this.#address}`;
  }

  /** Resolves when the launcher has ended, however: to "code 1" or "signal SIGKILL". */
  get exited(): Promise<string> {
    return this.#launch.exited;
  }

  /** The end of its log; empty once it is stopped. */
  logTail(): string {
    return this.#folder.logTail();
  }

  /** @throws ElasticsearchError ELASTICSEARCH_EXITED, ELASTICSEARCH_NOT_READY */
  async waitUntilReady(): Promise<void> {
    const millisMax = this.#options.startMillisMax ?? START_MILLIS_MAX;
    const until = performance.now() + millisMax;
    while (performance.now() < until) {
      if (hasEnded(this.#launch.child)) {
        const details = { how: await this.exited, log: `\n${this.logTail()}` };
        throw new ElasticsearchError('ELASTICSEARCH_EXITED', details);
      }
      this.#address = this.#folder.address();
      if (this.#address !== '' && (await isHealthy(this.url))) return;
      await sleep(POLL_MILLIS);
    }
    const log = `\n${this.logTail()}`;
    throw new ElasticsearchError('ELASTICSEARCH_NOT_READY', { millis: millisMax, log });
  }

  /** Ends it at once, as a crash would; resolves when nothing of it runs. */
  async kill(): Promise<void> {
    signalGroup(this.pid, 'SIGKILL');
    await this.exited;
    // Until then it may hold its data folder's lock, and its port.
    while (groupRuns(this.pid)) await sleep(POLL_MILLIS);
  }

  /**
   * Starts it anew at the same address on the same data, killing it before where it runs.
   *
   * @throws ElasticsearchError
   */
  async restart(): Promise<void> {
    await this.kill();
    const port = Number(this.#address.split(':').at(-1));
    this.#launch = await launch(this.#options, this.#folder, port);
    await this.waitUntilReady();
  }

  /** Ends it, first kindly, and removes its folder. Can be called again. */
  async stop(): Promise<void> {
    if (!hasEnded(this.#launch.child)) {
      this.#launch.child.kill('SIGTERM');
      const timer = setTimeout(() => signalGroup(this.pid, 'SIGKILL'), STOP_MILLIS_MAX);
      await this.exited;
      clearTimeout(timer);
    }
    await this.kill();
    process.off('exit', this.#atExit);
    this.#folder.remove();
  }
}

/** @throws ElasticsearchError; SetupError SETUP_NOT_DONE */
export async function startElasticsearch(options: StartElasticsearchOptions): Promise<ElasticsearchProcess> {
  const folder = new ElasticsearchFolder(elasticsearchInstallation(options.version));
  const server = new ElasticsearchProcess(options, folder, await launchOrRemove(options, folder));
  try {
    await server.waitUntilReady();
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function launchOrRemove(
  options: StartElasticsearchOptions,
  folder: ElasticsearchFolder,
): Promise<Launch> {
  try {
    return await launch(options, folder, 0);
  } catch (error) {
    folder.remove();
    throw error;
  }
}

/** @param port 0 for a free one */
async function launch(
  options: StartElasticsearchOptions,
  folder: ElasticsearchFolder,
  port: number,
): Promise<Launch> {
  folder.configure({ ...SETTINGS, ...options.settings, ...(port === 0 ? {} : { 'http.port': port }) });
  const { home, javaHome } = folder.installation;
  const heap = `${options.heapMebibytes ?? HEAP_MEBIBYTES}m`;
  const log = openSync(folder.log, 'a');
  try {
    const [file, ...argv] = [...asWhom(), `${home}/bin/elasticsearch`];
    const child = spawn(file, argv, {
      cwd: folder.path,
      // Nothing of this user's: the scripts read a dozen variables.
      env: {
        PATH: process.env.PATH,
        HOME: folder.path,
        ES_JAVA_HOME: javaHome,
        ES_PATH_CONF: folder.join('config'),
        ES_TMPDIR: folder.join('tmp'),
        ES_JAVA_OPTS: `-Xms${heap} -Xmx${heap}`,
      },
      detached: true,
      stdio: ['ignore', log, log],
    });
    const exited = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal === null ? `code ${code}` : `signal ${signal}`));
    });
    await once(child, 'spawn');
    return { child, exited };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ElasticsearchError('ELASTICSEARCH_NOT_STARTED', { reason }, cause);
  } finally {
    closeSync(log);
  }
}

/**
 * The launcher dies with this process, also where that is killed, and the server ends when its launcher is gone. A change
 * of user takes the first back, so that it comes second.
 */
function asWhom(): readonly [string, ...string[]] {
  const withParent = ['setpriv', '--pdeathsig', 'KILL'] as const;
  if (process.getuid?.() !== 0) return withParent;
  const user = [`--reuid=${OTHER_USER}`, `--regid=${OTHER_USER}`, '--clear-groups'];
  return ['setpriv', ...user, '--inh-caps=-all', ...withParent];
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/${HEALTH}`, { signal: AbortSignal.timeout(STOP_MILLIS_MAX) });
    return response.status === 200;
  } catch {
    // It may be on its way up or down; the caller looks at the process and at the clock.
    return false;
  }
}
