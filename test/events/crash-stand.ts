/**
 * Writers, a shipper and Elasticsearch, of which one after the other is killed while events flow, behind a network that loses
 * answers and a disk that fills up. In the end the test counts for itself: what a spool has acknowledged is in the store,
 * once.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { streamName } from '@sluice/shipper/template';
import {
  type ElasticsearchProcess,
  startElasticsearch,
} from '../../packages/cli/src/elasticsearch/process.ts';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { Random } from '../agreement/random.ts';
import { freshNamespace } from '../elasticsearch.ts';
import { ask } from './ask.ts';
import { CrashChild } from './crash-child.ts';
import { countStream, type RunCount } from './crash-count.ts';
import { SmallDisk } from './crash-disk.ts';
import { CrashProxy, type Fault } from './crash-proxy.ts';
import { CrashServer } from './crash-server.ts';
import type { CrashWriterOptions } from './crash-writer.ts';

export interface CrashOptions {
  readonly seconds: number;
  /** Events of all writers together. */
  readonly perSecond: number;
  readonly writers: number;
  readonly seed: number;
  /** Between two of the things that go wrong, at most. */
  readonly calmMillisMax: number;
  /** Between a start of Elasticsearch and its next death, at least. */
  readonly elasticsearchMillisMin: number;
  /** One in so many bulk requests has a fault. */
  readonly faultOneIn: number;
  /** Time for which the disk of one writer is full. */
  readonly fullMillis: number;
}

/** What the test has counted. */
export interface CrashFigures {
  /** By the spools, as their writers had said before they were killed or ended. */
  readonly acknowledged: number;
  /** Of them, by the spool of `sluice serve`. */
  readonly acknowledgedOfServe: number;
  /** Acknowledged and then given up by the spool of `sluice serve`, as it says. */
  readonly lostOfServe: number;
  /** Documents, and different ones of them. */
  readonly stored: number;
  readonly distinct: number;
  /** Acknowledged, and not stored. */
  readonly missing: number;
  /** Where something is missing: of which run, how many it has acknowledged, how many are stored, one more than the last of them. */
  readonly gaps: readonly string[];
  readonly doubled: number;
  /** Not stored, though one behind it is: order was not kept. */
  readonly holes: number;
  /** Refused by a spool whose disk was full or whose memory was: acknowledged to nobody. */
  readonly dropped: number;
  readonly deadLetters: number;
  readonly kills: Readonly<Record<'writer' | 'server' | 'shipper' | 'elasticsearch', number>>;
  /** Attacks that were answered, by `sluice serve` or by Envoy without it. */
  readonly attacks: number;
  /** Times that a disk was full, and writes that failed for it; null where this user may mount none. */
  readonly fullDisks: number | null;
  readonly failedWrites: number;
  readonly faults: Readonly<Record<Fault, number>>;
  /** Bulk requests of which the server itself refused something. */
  readonly busyAnswers: number;
  readonly backingIndices: number;
  /** Seconds for which events were written. */
  readonly seconds: number;
  /** Seconds from the last event to the last document. */
  readonly catchUpSeconds: number;
}

interface Run {
  acknowledged: number;
  dropped: number;
  failures: number;
}

/** Small enough to be filled in a moment, large enough for what waits. */
const DISK_MEBIBYTES = 1_024;
/** Events come faster than the store takes them: a spool at its default, a gibibyte, would give up the oldest of them. */
const SPOOL_BYTES_MAX = 34_359_738_368;
const CATCH_UP_TRIES = 20;

type Mishap = 'writer' | 'server' | 'shipper' | 'elasticsearch' | 'disk';

const DECK: readonly Mishap[] = ['writer', 'server', 'shipper', 'shipper', 'elasticsearch', 'disk'];

const MAIN = resolve(import.meta.dirname, '../../packages/cli/src/main.ts');
const WRITER = resolve(import.meta.dirname, 'crash-writer.ts');

class CrashFault extends Error {
  override readonly name = 'CrashFault';
}

export class CrashStand {
  readonly #options: CrashOptions;
  readonly #random: Random;
  readonly #folder = new TemporaryDirectory('sluice-crash-test-');
  readonly #namespace = freshNamespace();
  readonly #runs = new Map<string, Run>();
  readonly #writers: CrashChild[] = [];
  readonly #kills = { writer: 0, server: 0, shipper: 0, elasticsearch: 0 };
  readonly #disk: SmallDisk | null;
  readonly #directories: readonly string[];
  #deck: Mishap[] = [];
  #fullDisks = 0;
  /** By performance.now(). */
  #elasticsearchLivesUntil = 0;
  #isServerDown = false;
  /** Of the shipper that was killed last. */
  #bulksBefore = 0;
  #restarted: Promise<unknown> = Promise.resolve();
  #served: Promise<unknown> = Promise.resolve();
  #shipper: CrashChild | undefined;
  #server: CrashServer | undefined;
  #elasticsearch: ElasticsearchProcess | undefined;
  #proxy: CrashProxy | undefined;

  constructor(options: CrashOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#disk = SmallDisk.mount(this.#folder.join('disk'), DISK_MEBIBYTES);
    this.#directories = Array.from({ length: options.writers }, (_, index) =>
      index === 0 && this.#disk !== null
        ? join(this.#disk.path, 'spool')
        : this.#folder.join(`spool-${index}`),
    );
    mkdirSync(this.#folder.join('state'));
  }

  get #stream(): string {
    return streamName('waf', this.#namespace);
  }

  get #store(): ElasticsearchProcess {
    if (this.#elasticsearch === undefined) throw new CrashFault('no Elasticsearch');
    return this.#elasticsearch;
  }

  async run(): Promise<CrashFigures> {
    // A queue so short that the server itself is too busy now and then.
    const settings = { 'thread_pool.write.size': 2, 'thread_pool.write.queue_size': 1 };
    this.#elasticsearch = await startElasticsearch({ version: '8.19.8', settings, heapMebibytes: 1_024 });
    const target = new URL(this.#store.url);
    const rollOver = (): Promise<unknown> => ask(this.#store.url, 'POST', `/${this.#stream}/_rollover`);
    this.#proxy = new CrashProxy({ target, random: this.#random, rollOver });
    this.#configureShipper(await this.#proxy.listen());
    this.#proxy.oneIn = this.#options.faultOneIn;
    this.#server = await CrashServer.start(this.#folder.join('spool-of-serve'), SPOOL_BYTES_MAX);
    for (let index = 0; index < this.#options.writers; index++) this.#startWriter(index);
    this.#shipper = this.#ship();
    const beganAt = performance.now();
    await this.#goWrong();
    await Promise.all([
      this.#restarted,
      this.#served.then(() => this.#server?.end()),
      ...this.#writers.map((writer) => writer.end('SIGTERM')),
    ]);
    const endedAt = performance.now();
    await this.#catchUp();
    const caughtUpAt = performance.now();
    return this.#count((endedAt - beganAt) / 1_000, (caughtUpAt - endedAt) / 1_000);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#writers, this.#shipper].map((child) => child?.end('SIGKILL')));
    await this.#server?.stop();
    await this.#proxy?.close();
    await this.#elasticsearch?.stop();
    this.#disk?.unmount();
    this.#folder.remove();
  }

  #startWriter(index: number): void {
    const { perSecond, writers } = this.#options;
    const name = `w${index}r${this.#runs.size}`;
    const run: Run = { acknowledged: 0, dropped: 0, failures: 0 };
    this.#runs.set(name, run);
    const options: CrashWriterOptions = {
      directory: this.#directories[index] ?? '',
      run: name,
      perSecond: Math.round(perSecond / writers),
      bytesMax: SPOOL_BYTES_MAX,
    };
    // A line that was cut by a kill is none.
    this.#writers[index] = new CrashChild([WRITER, JSON.stringify(options)], (line) => {
      if (line.endsWith('}')) Object.assign(run, JSON.parse(line));
    });
  }

  #ship(...flags: readonly string[]): CrashChild {
    return new CrashChild([MAIN, 'ship', '-c', this.#folder.join('ship.yaml'), ...flags]);
  }

  /** JSON is YAML. */
  #configureShipper(url: string): void {
    const sink = { type: 'elasticsearch', nodes: [url], namespace: this.#namespace, retentionDays: null };
    const config = {
      spools: [...this.#directories, this.#folder.join('spool-of-serve')],
      state: this.#folder.join('state'),
      sinks: [sink],
      admin: false,
      log: { level: 'warn' },
      limits: { backoffMillisMax: 2_000 },
    };
    writeFileSync(this.#folder.join('ship.yaml'), JSON.stringify(config));
  }

  async #goWrong(): Promise<void> {
    const endsAt = performance.now() + 1_000 * this.#options.seconds;
    let isFull = Promise.resolve();
    for (;;) {
      await sleep(this.#random.below(this.#options.calmMillisMax));
      if (performance.now() >= endsAt && this.#hasSeenAll()) break;
      switch (this.#draw()) {
        case 'writer':
          await this.#killWriter();
          break;
        case 'server':
          this.#killServer();
          break;
        case 'shipper':
          await this.#killShipper();
          break;
        case 'elasticsearch':
          this.#killElasticsearch();
          break;
        case 'disk':
          isFull = this.#fillDisk(isFull);
      }
    }
    await isFull;
  }

  /** On a slow machine it takes longer until each has died while it was at work, and the network has done its worst. */
  #hasSeenAll(): boolean {
    const faults = Object.values(this.#proxy?.counts ?? {});
    return [...Object.values(this.#kills), ...faults].every((times) => times > 0);
  }

  /** Each comes as often as it is in the deck, in an order that the seed says. */
  #draw(): Mishap {
    if (this.#deck.length === 0) this.#deck = [...DECK];
    const [drawn] = this.#deck.splice(this.#random.below(this.#deck.length), 1);
    return drawn ?? 'writer';
  }

  async #killWriter(): Promise<void> {
    const index = this.#random.below(this.#options.writers);
    const writer = this.#writers[index];
    if (writer?.hasEnded !== false) throw new CrashFault(`writer ${index} ended by itself: ${writer?.tail}`);
    await writer.end('SIGKILL');
    this.#kills.writer++;
    this.#startWriter(index);
  }

  /** Only one that has something on its way: on a slow machine it would never come that far. */
  async #killShipper(): Promise<void> {
    const bulks = this.#proxy?.bulks ?? 0;
    if (bulks === this.#bulksBefore) return;
    this.#bulksBefore = bulks;
    const shipper = this.#shipper;
    if (shipper?.hasEnded !== false) throw new CrashFault(`the shipper ended by itself: ${shipper?.tail}`);
    await shipper.end('SIGKILL');
    this.#kills.shipper++;
    this.#shipper = this.#ship();
  }

  /** It starts anew while the others go on, as Elasticsearch does; nobody is killed before he is up. */
  #killServer(): void {
    if (this.#isServerDown) return;
    this.#isServerDown = true;
    this.#kills.server++;
    this.#served = this.#restartServer();
  }

  async #restartServer(): Promise<void> {
    await this.#server?.kill();
    this.#isServerDown = false;
  }

  #killElasticsearch(): void {
    if (performance.now() < this.#elasticsearchLivesUntil) return;
    this.#elasticsearchLivesUntil = Number.POSITIVE_INFINITY;
    this.#kills.elasticsearch++;
    this.#restarted = this.#restartElasticsearch();
  }

  async #restartElasticsearch(): Promise<void> {
    await this.#store.restart();
    this.#elasticsearchLivesUntil = performance.now() + this.#options.elasticsearchMillisMin;
  }

  /** The others go on meanwhile. */
  async #fillDisk(before: Promise<void>): Promise<void> {
    await before;
    if (this.#disk === null) return;
    this.#disk.fill();
    this.#fullDisks++;
    await sleep(this.#options.fullMillis);
    this.#disk.free();
  }

  /** What the shipper had on its way when it is killed here is one more thing that nobody may lose. */
  async #catchUp(): Promise<void> {
    await this.#shipper?.end('SIGKILL');
    for (let attempt = 0; attempt < CATCH_UP_TRIES; attempt++) {
      this.#shipper = this.#ship('--once');
      if ((await this.#shipper.ended()) === 0) return;
    }
    throw new CrashFault(`the shipper does not come to its end: ${this.#shipper?.tail}`);
  }

  async #count(seconds: number, catchUpSeconds: number): Promise<CrashFigures> {
    const stored = await countStream(this.#store.url, this.#stream);
    const l7 = await countStream(this.#store.url, streamName('l7', this.#namespace));
    const ofServer = comparisonOfServer(this.#server?.acknowledged ?? 0, [stored.others, l7.others]);
    const ofRuns = [...this.#runs].map(([name, run]) => comparison(run, stored.runs.get(name)));
    const counts = [...ofRuns, ofServer];
    const gaps = [...this.#runs.keys(), 'sluice serve'].flatMap((name, at) => {
      const { missing = 0, acknowledged = 0, distinct = 0 } = counts[at] ?? {};
      const { end = distinct } = stored.runs.get(name) ?? {};
      return missing > 0 ? [`${name}: acknowledged ${acknowledged}, stored ${distinct}, end ${end}`] : [];
    });
    const sum = (of: (count: Comparison) => number): number =>
      counts.reduce((total, count) => total + of(count), 0);
    const indices = (await ask(
      this.#store.url,
      'GET',
      `/${this.#stream}/_settings?filter_path=*.settings.index.uuid`,
    )) as object;
    return {
      acknowledged: sum(({ acknowledged }) => acknowledged),
      acknowledgedOfServe: ofServer.acknowledged,
      lostOfServe: this.#server?.lost ?? 0,
      stored: sum((count) => count.stored),
      distinct: sum(({ distinct }) => distinct),
      missing: sum(({ missing }) => missing),
      gaps,
      doubled: sum(({ doubled }) => doubled),
      holes: sum(({ holes }) => holes),
      dropped: sum(({ dropped }) => dropped),
      deadLetters: readdirSync(this.#folder.join('state'), { recursive: true }).filter((name) =>
        String(name).endsWith('.ndjson'),
      ).length,
      kills: this.#kills,
      attacks: this.#server?.answered ?? 0,
      fullDisks: this.#disk === null ? null : this.#fullDisks,
      failedWrites: sum(({ failures }) => failures),
      faults: this.#proxy?.counts ?? ({} as Record<Fault, number>),
      busyAnswers: this.#proxy?.busyAnswers ?? 0,
      backingIndices: Object.keys(indices).length,
      seconds,
      catchUpSeconds,
    };
  }
}

interface Comparison extends Run {
  readonly stored: number;
  readonly distinct: number;
  readonly missing: number;
  readonly doubled: number;
  readonly holes: number;
}

function comparison(run: Run, found: RunCount | undefined): Comparison {
  const { distinct = 0, doubled = 0, end = 0, seen = new Uint8Array(0) } = found ?? {};
  let missing = 0;
  for (let number = 0; number < run.acknowledged; number++) if (seen[number] !== 1) missing++;
  return { ...run, stored: distinct + doubled, distinct, missing, doubled, holes: end - distinct };
}

/** Which records it has acknowledged nobody knows, but how many. */
function comparisonOfServer(
  acknowledged: number,
  streams: readonly ReadonlyMap<string, number>[],
): Comparison {
  const times = streams.flatMap((ids) => [...ids.values()]);
  const stored = times.reduce((sum, count) => sum + count, 0);
  const distinct = times.length;
  return {
    acknowledged,
    dropped: 0,
    failures: 0,
    stored,
    distinct,
    missing: Math.max(0, acknowledged - distinct),
    doubled: stored - distinct,
    holes: 0,
  };
}
