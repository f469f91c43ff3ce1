/** A thread of the store: node:sqlite blocks, so the reader and the writer have one each. */
import { parentPort, workerData } from 'node:worker_threads';
import { HubError } from '../../errors.ts';
import { Aggregator } from './aggregate.ts';
import { Database, storeError } from './database.ts';
import { FunctionHost } from './functions.ts';
import type { AnswerMessage, CallMessage, CallName, Calls, WorkerSettings } from './protocol.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

type Handlers = { readonly [Name in CallName]?: (asked: Calls[Name]['asked']) => Calls[Name]['answered'] };

const settings = workerData as WorkerSettings;
const port = parentPort;

function handlersOf(database: Database): Handlers {
  if (settings.role === 'writer') {
    const writer = new Writer(database);
    return {
      append: (records) => writer.append(records),
      sweep: (bounds) => writer.sweep(bounds),
    };
  }
  const host = new FunctionHost(database);
  const reader = new Reader(database, host);
  const aggregator = new Aggregator(database, host);
  return {
    search: (request) => reader.search(request),
    arrivals: (request) => reader.arrivals(request),
    count: (selection) => reader.count(selection),
    aggregate: (request) => aggregator.aggregate(request),
    get: (asked) => reader.get(asked),
    stats: () => reader.stats(),
  };
}

function answerTo(database: Database, handlers: Handlers, { call, name, asked }: CallMessage): AnswerMessage {
  try {
    const handler = handlers[name] as ((asked: unknown) => unknown) | undefined;
    if (handler === undefined) {
      const reason = `its ${settings.role} knows no ${name}`;
      throw new HubError('STORE_UNAVAILABLE', { store: settings.path, reason });
    }
    return { call, answered: handler(asked) };
  } catch (error) {
    const { code, details } = storeError(error, database.path);
    return { call, error: { code, details } };
  }
}

/** Opens the file with the first call, so that what is wrong with it is an answer like others. */
function serve(): void {
  let open: { readonly database: Database; readonly handlers: Handlers } | undefined;
  port?.on('message', (message: CallMessage) => {
    if (message.name === 'close') {
      open?.database.close();
      port.postMessage({ call: message.call, answered: null } satisfies AnswerMessage);
      port.close();
      return;
    }
    try {
      if (open === undefined) {
        const database = new Database(settings, (upgrade) =>
          port.postMessage({ upgrade } satisfies AnswerMessage),
        );
        open = { database, handlers: handlersOf(database) };
      }
    } catch (error) {
      const { code, details } = storeError(error, settings.path);
      port.postMessage({ call: message.call, error: { code, details } } satisfies AnswerMessage);
      return;
    }
    port.postMessage(answerTo(open.database, open.handlers, message));
  });
}

serve();
