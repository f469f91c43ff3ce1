/** Alerts over a store, in a process that kills itself at the n-th question to the store, before or behind it. */
import { join } from 'node:path';
import {
  AlertBook,
  AlertRunner,
  ElasticsearchStore,
  type EventStore,
  readAlerts,
  SqliteStore,
  webhookSchema,
} from '@sluice/hub';

export interface ChildOrder {
  readonly folder: string;
  readonly store: { readonly path: string } | { readonly node: string; readonly namespace: string };
  readonly url: string;
  /** Questions up to the one at which it ends; null: it goes on. */
  readonly killAt: number | null;
  readonly when: 'before' | 'behind';
  /** Its clock is so far ahead: the lease of the one before has run out. */
  readonly aheadMillis: number;
}

const order: ChildOrder = JSON.parse(process.argv[2] ?? '{}');

const open = (): Promise<EventStore> =>
  'path' in order.store
    ? SqliteStore.open({ path: order.store.path })
    : Promise.resolve(
        new ElasticsearchStore({ client: { node: order.store.node }, namespace: order.store.namespace }),
      );

let asked = 0;

/** At its name is a question; where it is the one, the process is no more. */
function deadly(store: EventStore): EventStore {
  const questions: readonly PropertyKey[] = ['append', 'search', 'count', 'aggregate'];
  return new Proxy(store, {
    get(target, name): unknown {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      const call = value.bind(target) as (...values: unknown[]) => unknown;
      if (!questions.includes(name)) return call;
      return async (...values: unknown[]): Promise<unknown> => {
        const isLast = ++asked === order.killAt;
        if (isLast && order.when === 'before') process.kill(process.pid, 'SIGKILL');
        const answer = await call(...values);
        if (isLast) process.kill(process.pid, 'SIGKILL');
        return answer;
      };
    },
  });
}

const quiet = { info: () => undefined, warn: () => undefined };
const book = AlertBook.open(join(order.folder, 'alerts.db'));
const runner = new AlertRunner({
  store: deadly(await open()),
  book,
  log: quiet,
  holder: String(process.pid),
  webhooks: { people: webhookSchema.parse({ kind: 'generic', url: order.url, allowLocal: true }) },
  now: () => Date.now() + order.aheadMillis,
});
const { definitions } = readAlerts([join(import.meta.dirname, 'global-alert-942100.yaml')]);
runner.use('files', { definitions, faults: [] });
runner.start();
