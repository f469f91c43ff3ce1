/** Events that a thread of its own makes: all of them, in order, whatever becomes of the thread. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildEvent, draftEvent, Engine, overlayFor } from '@sluice/engine';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Afterwards } from '../src/afterwards.ts';
import { CHECK_PATH } from '../src/check.ts';
import { parseConfig } from '../src/config.ts';
import { createEngineInspector } from '../src/engine-inspector.ts';
import {
  BATCH_EVENTS_MAX,
  BEHIND_EVENTS_MAX,
  EventThread,
  WAITING_EVENTS_MAX,
} from '../src/event-thread/event-thread.ts';
import type { DraftedEvent } from '../src/event-thread/messages.ts';
import { createLog } from '../src/log.ts';
import { createServer } from '../src/server.ts';
import { WrittenEvent } from '../src/written-event.ts';
import { checkMessage } from './support/protos.ts';
import { answerOf, frameOf, grpcHeaders, openSession } from './support/raw-client.ts';

const engine = new Engine({ cacheDirectory: null });
const ruleSet = engine.ruleSet(
  engine.loadRules([
    {
      path: 'own.conf',
      text: `SecRule ARGS "@contains evil" "id:1,phase:1,deny,log,msg:'evil'"`,
    },
  ]),
  overlayFor({ name: 'shop', mode: 'Block' }),
);

const REAL = new URL('../src/event-thread/worker.ts', import.meta.url).href;
/** More than any test waits. */
const FOR_EVER_MILLIS = 600_000;
const PATIENCE = { timeout: 20_000, interval: 5 };
const OUTCOME = { action: 'deny', cause: null, isDenied: true, wouldBlock: true, status: 403 } as const;
const CONTEXT = {};
/** Longer than what follows answers has in a turn. */
const TURN_MILLIS_MAX = 2;

function judged(uri: string) {
  const transaction = engine.transaction(ruleSet, {
    id: 'request-1',
    method: 'GET',
    uri,
    protocol: 'HTTP/1.1',
    headers: [['Host', 'shop.example']],
    client: { address: '192.0.2.1', port: 40_000 },
    server: { address: '192.0.2.2', port: 80 },
  });
  transaction.requestHeaders();
  return transaction.finish();
}

const draftedAs = (id: string, uri = '/?a=evil&password=Hunter2Hunter2'): DraftedEvent => ({
  id,
  source: '192.0.2.1',
  draft: draftEvent(judged(uri), id, CONTEXT, {}),
  outcome: OUTCOME,
});

/** What came, in order: ids, and `there` where another thread has made it. */
class Kept {
  readonly ids: string[] = [];
  readonly texts: string[] = [];
  there = 0;
  failed = 0;

  readonly keep = (make: () => unknown): void => {
    try {
      const event = make();
      const text = event instanceof WrittenEvent ? event.json.toString() : JSON.stringify(event);
      if (event instanceof WrittenEvent) {
        expect(event.id).toBe(idOf(text));
        expect(event.source).toBe(JSON.parse(text).source.ip);
        this.there++;
      }
      this.texts.push(text);
      this.ids.push(idOf(text));
    } catch {
      // Counted, as the server does.
      this.failed++;
    }
  };
}

const idOf = (json: string): string => JSON.parse(json).event.id;

const threads: EventThread[] = [];
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(threads.splice(0).map((thread) => thread.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

interface Stand {
  readonly thread: EventThread;
  readonly afterwards: Afterwards;
}

/** @param worker code of another thread than the real one */
function start(worker?: string, patience: { readonly hangMillisMax?: number } = {}): Stand {
  const afterwards = new Afterwards();
  let url = {};
  if (worker !== undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-thread-'));
    folders.push(folder);
    writeFileSync(join(folder, 'worker.mjs'), `import { parentPort } from 'node:worker_threads';\n${worker}`);
    url = { worker: pathToFileURL(join(folder, 'worker.mjs')) };
  }
  const thread = new EventThread({ log: createLog('silent'), afterwards, ...url, ...patience });
  threads.push(thread);
  return { thread, afterwards };
}

/** Adds events until the thread has made one: it is there then. Ids count up. */
async function untilThere({ thread }: Stand, kept: Kept): Promise<string[]> {
  const ids: string[] = [];
  await vi.waitFor(() => {
    const id = `begin-${String(ids.length).padStart(6, '0')}`;
    ids.push(id);
    thread.add(draftedAs(id), kept.keep);
    expect(kept.there).toBeGreaterThan(0);
  }, PATIENCE);
  return ids;
}

/** Adds events until one waits for the thread: it is there then. */
async function untilWaiting({ thread }: Stand, kept: Kept): Promise<number> {
  let sent = 0;
  await vi.waitFor(() => {
    thread.add(draftedAs(`id-${sent++}`), kept.keep);
    expect(thread.stats.waiting).toBeGreaterThan(0);
  }, PATIENCE);
  return sent;
}

/** Of sched(7). */
const [SCHED_OTHER, SCHED_IDLE] = [0, 5];
const TASKS = '/proc/self/task';
/** Behind the name, which may hold anything, the policy is the 39th field: proc_pid_stat(5). */
const policyOf = (task: number | string): number =>
  Number(/.*\) (?:\S+ ){38}(\d+)/s.exec(readFileSync(join(TASKS, String(task), 'stat'), 'utf8'))?.[1]);
const policies = (): readonly number[] => readdirSync(TASKS).map(policyOf);

const TELL_READY = `parentPort.postMessage('ready');`;
/** Takes drafts and says nothing. */
const SILENT = `parentPort.on('message', () => undefined);${TELL_READY}`;

describe('the thread that makes events', { timeout: 30_000 }, () => {
  it('makes them as this one does, masked, and they come in order', async () => {
    const stand = start();
    const kept = new Kept();
    const ids = await untilThere(stand, kept);
    for (let at = 0; at < 3 * BATCH_EVENTS_MAX; at++) {
      const id = `more-${String(at).padStart(3, '0')}`;
      ids.push(id);
      // Some only this thread can make.
      if (at % 5 === 0) stand.thread.addMade(() => ({ event: { id } }), kept.keep);
      else stand.thread.add(draftedAs(id), kept.keep);
    }
    await vi.waitFor(() => expect(kept.ids).toHaveLength(ids.length), PATIENCE);
    expect(kept.ids).toEqual(ids);
    expect(kept.texts.join()).not.toContain('Hunter2');
    const whole = buildEvent(judged('/?a=evil&password=Hunter2Hunter2'));
    const made = JSON.parse(kept.texts[0] ?? '');
    expect(made.url).toEqual(whole.url);
    expect(made.waf.rules).toEqual(whole.waf.rules);
    expect(stand.thread.stats).toMatchObject({ waiting: 0, lost: 0 });
  });

  it('computes only while no other wants its core', async () => {
    const before = policies();
    await untilThere(start(), new Kept());
    expect(before).not.toContain(SCHED_IDLE);
    expect(policies().filter((policy) => policy === SCHED_IDLE)).toHaveLength(1);
    expect(policyOf(process.pid)).toBe(SCHED_OTHER);
  });

  it('has a bound: what it does not come to is made here, and waits for no more than those before', async () => {
    const stand = start(SILENT);
    const kept = new Kept();
    let sent = await untilWaiting(stand, kept);
    const add = (): void => stand.thread.add(draftedAs(`id-${sent++}`), kept.keep);
    const here = stand.thread.stats.madeHere;
    await Promise.resolve();
    for (let at = 0; at < 2 * WAITING_EVENTS_MAX; at++) add();
    expect(stand.thread.stats.madeHere).toBeGreaterThanOrEqual(here + WAITING_EVENTS_MAX - BATCH_EVENTS_MAX);
    // It stays silent, and all of them come all the same.
    await vi.waitFor(() => expect(kept.ids).toHaveLength(sent), PATIENCE);
    expect(kept.ids).toEqual(Array.from({ length: sent }, (_, at) => `id-${at}`));
    expect(kept.there).toBe(0);
  });

  it('makes here what comes while it is silent, without anything that comes behind', async () => {
    const stand = start(SILENT, { hangMillisMax: FOR_EVER_MILLIS });
    const kept = new Kept();
    let sent = await untilWaiting(stand, kept);
    const all = () => vi.waitFor(() => expect(kept.ids).toHaveLength(sent), PATIENCE);
    await all();
    stand.thread.add(draftedAs(`id-${sent++}`), kept.keep);
    expect(stand.thread.stats.waiting).toBe(1);
    await all();
    expect(kept.there).toBe(0);
  });

  it('keeps a bound of those that only this thread can make, too', async () => {
    const stand = start(SILENT, { hangMillisMax: FOR_EVER_MILLIS });
    const kept = new Kept();
    const sent = await untilWaiting(stand, kept);
    for (let at = 0; at < WAITING_EVENTS_MAX / 2; at++) stand.thread.add(draftedAs(`id-${sent}`), kept.keep);
    for (let at = 0; at < 2 * BEHIND_EVENTS_MAX; at++) {
      stand.thread.addMade(() => ({ event: { id: `made-${at}` } }), kept.keep);
      expect(stand.thread.stats.waiting).toBeLessThanOrEqual(BEHIND_EVENTS_MAX);
    }
    await vi.waitFor(() => expect(stand.thread.stats.waiting).toBe(0), PATIENCE);
  });

  it('is ended where it hangs, and another makes what comes then', async () => {
    const mark = join(tmpdir(), `sluice-hung-${randomUUID()}`);
    onTestFinished(() => rmSync(mark, { force: true }));
    // The first one never comes back, the second one is the real one.
    const stand = start(
      `import { existsSync, writeFileSync } from 'node:fs';
       if (existsSync(${JSON.stringify(mark)})) await import(${JSON.stringify(REAL)});
       else {
         writeFileSync(${JSON.stringify(mark)}, '');
         parentPort.on('message', () => { for (;;); });
         ${TELL_READY}
       }`,
      { hangMillisMax: 500 },
    );
    const kept = new Kept();
    const ids = await untilThere(stand, kept);
    expect(stand.thread.stats.lost).toBeGreaterThan(0);
    await stand.thread.close();
    expect(kept.ids).toEqual(ids);
  });

  it('is tried again where none can begin, later each time, and events are made here', async () => {
    const pauses: number[] = [];
    const log = createLog('error', { write: (line) => void pauses.push(JSON.parse(line).againInMillis) });
    // No thread begins from such an address: its constructor throws, as where the system has no room for one.
    const worker = new URL('https://sluice.example/worker.mjs');
    const thread = new EventThread({ log, afterwards: new Afterwards(), worker });
    threads.push(thread);
    const kept = new Kept();
    thread.add(draftedAs('here'), kept.keep);
    expect(kept.ids).toEqual(['here']);
    await vi.waitFor(() => expect(thread.stats.lost).toBe(3), PATIENCE);
    expect(pauses).toEqual([1_000, 2_000, 4_000]);
  });

  it('gives requests their turn between events that are made here for one that is silent', async () => {
    const drafts = Array.from({ length: WAITING_EVENTS_MAX - 2 * BATCH_EVENTS_MAX }, (_, at) =>
      draftedAs(`turn-${at}`),
    );
    const stand = start(SILENT);
    await untilWaiting(stand, new Kept());
    let [most, sinceTurn] = [0, 0];
    const keep = (): void => {
      most = Math.max(most, ++sinceTurn);
      const until = performance.now() + TURN_MILLIS_MAX;
      while (performance.now() < until);
    };
    for (const draft of drafts) stand.thread.add(draft, keep);
    while (stand.thread.stats.waiting > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      sinceTurn = 0;
    }
    expect(most).toBeGreaterThan(0);
    // One, and those that were already late when they came.
    expect(most).toBeLessThan(8);
  });

  it('makes an event here whose draft cannot be sent', async () => {
    const stand = start();
    const kept = new Kept();
    const ids = await untilThere(stand, kept);
    stand.thread.add(Object.assign(draftedAs('local'), { local: () => 0 }), kept.keep);
    stand.thread.add(draftedAs('behind'), kept.keep);
    await vi.waitFor(() => expect(kept.ids.at(-1)).toBe('behind'), PATIENCE);
    expect(kept.ids).toEqual([...ids, 'local', 'behind']);
  });

  it('loses none where it ends, and another follows', async () => {
    const stand = start(`parentPort.once('message', () => process.exit(1));${TELL_READY}`);
    const kept = new Kept();
    let sent = 0;
    await vi.waitFor(() => {
      stand.thread.add(draftedAs(`id-${sent++}`), kept.keep);
      expect(stand.thread.stats.lost).toBeGreaterThan(1);
    }, PATIENCE);
    await stand.thread.close();
    expect(kept.ids).toEqual(Array.from({ length: sent }, (_, at) => `id-${at}`));
  });

  it('says what it cannot make: that is tried here, where it is counted', async () => {
    const stand = start();
    const kept = new Kept();
    const ids = await untilThere(stand, kept);
    const broken = { ...draftedAs('broken'), draft: ['no context'] };
    stand.thread.add(broken, kept.keep);
    stand.thread.add(draftedAs('behind'), kept.keep);
    await vi.waitFor(() => expect(kept.ids.at(-1)).toBe('behind'), PATIENCE);
    expect(kept.failed).toBe(1);
    expect(kept.ids).toEqual([...ids, 'behind']);
  });

  it('has nothing waiting once it is closed, and later events are made here', async () => {
    const stand = start(SILENT);
    const kept = new Kept();
    let sent = await untilWaiting(stand, kept);
    for (let at = 0; at < 20; at++) stand.thread.add(draftedAs(`id-${sent++}`), kept.keep);
    const closed = stand.thread.close();
    expect(kept.ids).toHaveLength(sent);
    await closed;
    stand.thread.add(draftedAs('last'), kept.keep);
    expect(kept.ids.at(-1)).toBe('last');
  });
});

describe('a server whose events another thread makes', { timeout: 60_000 }, () => {
  const CALLS = 60;

  it('has kept each event when it is closed, in the order of its source, masked', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-thread-'));
    folders.push(folder);
    writeFileSync(join(folder, 'own.conf'), `SecRule ARGS "@contains evil" "id:1,phase:1,deny,log"`);
    const path = join(folder, 's.sock');
    const config = parseConfig(`listen: ["unix:${path}"]\nadmin: false`, 'sluice.yaml');
    const { inspector } = createEngineInspector({
      engine,
      baseFiles: [join(folder, 'own.conf')],
      policies: config.policies,
    });
    const kept = new Kept();
    const events = {
      takesWritten: true,
      accept: (event: unknown) => kept.keep(() => event),
    };
    const server = createServer({ config, inspector, log: createLog('silent'), events, eventThread: true });
    await server.start();
    const session = openSession({ kind: 'unix', path });
    const ask = (number: number): Promise<unknown> => {
      const stream = session.request(grpcHeaders(CHECK_PATH));
      const query = `/?n=${number}&a=evil&password=Hunter2Hunter2`;
      stream.end(frameOf(checkMessage({ path: query })));
      return answerOf(stream);
    };
    let asked = 0;
    await vi.waitFor(async () => {
      await ask(asked++);
      expect(await server.metrics.registry.metrics()).toMatch(/events_made_total\{thread="events"\} [1-9]/);
    }, PATIENCE);
    const answers = Array.from({ length: CALLS }, () => ask(asked++));
    await Promise.all(answers);
    session.close();
    await server.close();
    expect(kept.texts.map((text) => JSON.parse(text).url.path)).toHaveLength(asked);
    const numbers = kept.texts.map((text) => Number(/[?&]n=(\d+)/.exec(JSON.parse(text).path)?.[1]));
    expect(numbers).toEqual(Array.from({ length: asked }, (_, at) => at));
    expect(kept.there).toBeGreaterThan(0);
    expect(kept.ids).toEqual([...kept.ids].sort());
    expect(kept.texts.join()).not.toContain('Hunter2');
  });
});
