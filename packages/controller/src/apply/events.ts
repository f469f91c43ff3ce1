/**
 * Kubernetes Events (events.k8s.io/v1): for people who read `kubectl describe`. Nobody waits for them: what is too much, or what the
 * API server does not take, is counted and left out.
 */
import { reasonOf } from '../errors.ts';
import { FIELD_MANAGER, GROUP } from '../kinds/names.ts';
import type { Log } from '../log.ts';
import { type Api, isSuccess } from './api.ts';
import {
  EVENT_MILLIS,
  EVENT_NOTE_CHARACTERS_MAX,
  EVENT_OBJECTS_MAX,
  EVENT_PER_OBJECT_MILLIS,
  EVENTS_BURST,
  EVENTS_PER_OBJECT,
  EVENTS_WAITING_MAX,
  WRITE_MILLIS_MAX,
} from './limits.ts';
import { collectionPath, EVENTS, type ObjectRef, refText } from './resources.ts';

export interface EventFact {
  readonly regarding: ObjectRef;
  /** `''` where it is not known. */
  readonly uid: string;
  readonly type: 'Normal' | 'Warning';
  /** One word. */
  readonly reason: string;
  /** What was done, one word. */
  readonly action: string;
  readonly note: string;
}

/** Fills by one each `millis`, up to `most`. */
class Bucket {
  readonly #most: number;
  readonly #millis: number;
  #tokens: number;
  #at = performance.now();

  constructor(most: number, millis: number) {
    this.#most = most;
    this.#millis = millis;
    this.#tokens = most;
  }

  take(): boolean {
    const now = performance.now();
    this.#tokens = Math.min(this.#most, this.#tokens + (now - this.#at) / this.#millis);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

export interface EventRecorderOptions {
  readonly api: Api;
  readonly log: Log;
  /** Of the process. */
  readonly identity: string;
  readonly onEvent?: (outcome: 'written' | 'left_out' | 'failed') => void;
}

/** Where Events of objects stand that have no namespace. */
const CLUSTER_NAMESPACE = 'default';

export class EventRecorder {
  readonly #options: Required<EventRecorderOptions>;
  readonly #all = new Bucket(EVENTS_BURST, EVENT_MILLIS);
  readonly #objects = new Map<string, Bucket>();
  readonly #waiting: EventFact[] = [];
  #loop: Promise<void> | null = null;

  constructor(options: EventRecorderOptions) {
    this.#options = { onEvent: () => undefined, ...options };
  }

  record(fact: EventFact): void {
    const room = this.#waiting.length < EVENTS_WAITING_MAX && this.#bucketOf(fact.regarding).take();
    if (!room || !this.#all.take()) {
      this.#options.onEvent('left_out');
      return;
    }
    this.#waiting.push(fact);
    this.#loop ??= this.#run().finally(() => {
      this.#loop = null;
    });
  }

  #bucketOf(ref: ObjectRef): Bucket {
    const key = refText(ref);
    const bucket = this.#objects.get(key) ?? new Bucket(EVENTS_PER_OBJECT, EVENT_PER_OBJECT_MILLIS);
    this.#objects.delete(key);
    this.#objects.set(key, bucket);
    const [oldest] = this.#objects.keys();
    if (this.#objects.size > EVENT_OBJECTS_MAX && oldest !== undefined) this.#objects.delete(oldest);
    return bucket;
  }

  async #run(): Promise<void> {
    for (let fact = this.#waiting.shift(); fact !== undefined; fact = this.#waiting.shift())
      await this.#write(fact);
  }

  async #write(fact: EventFact): Promise<void> {
    const { api, log, onEvent } = this.#options;
    const namespace = fact.regarding.namespace || CLUSTER_NAMESPACE;
    try {
      const answer = await api.send({
        method: 'POST',
        path: `${collectionPath(EVENTS, namespace)}?fieldManager=${FIELD_MANAGER}`,
        body: this.#body(fact, namespace),
        timeoutMillis: WRITE_MILLIS_MAX,
      });
      onEvent(isSuccess(answer) ? 'written' : 'failed');
      if (!isSuccess(answer)) log.warn({ status: answer.status, body: answer.body }, 'an Event was refused');
    } catch (error) {
      onEvent('failed');
      log.warn({ error: reasonOf(error) }, 'an Event could not be written');
    }
  }

  #body({ regarding, uid, type, reason, action, note }: EventFact, namespace: string): unknown {
    const { resource, name } = regarding;
    const most = EVENT_NOTE_CHARACTERS_MAX;
    return {
      ...{ apiVersion: EVENTS.apiVersion, kind: EVENTS.kind },
      metadata: { generateName: `${name.slice(0, 200)}-`, namespace },
      eventTime: new Date().toISOString().replace('Z', '000Z'),
      reportingController: `${GROUP}/controller`,
      reportingInstance: this.#options.identity.slice(0, 128),
      ...{ type, reason, action },
      note: note.length <= most ? note : `${note.slice(0, most - 1)}…`,
      regarding: {
        ...{ apiVersion: resource.apiVersion, kind: resource.kind, name },
        ...(regarding.namespace === '' ? {} : { namespace: regarding.namespace }),
        ...(uid === '' ? {} : { uid }),
      },
    };
  }

  /** When what waits has been written or given up. */
  async settled(): Promise<void> {
    while (this.#loop !== null) await this.#loop;
  }
}
