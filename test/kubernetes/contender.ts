/**
 * A process that contends for a Lease, and while it leads makes one ConfigMap after the other with its epoch: their order is the
 * server's, and shows two leaders at once. Options as one text of JSON; says `leading EPOCH` and `following` on its standard output.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Elector } from '../../packages/controller/src/lease/elector.ts';
import type { Term } from '../../packages/controller/src/lease/term.ts';
import { PlainApi } from './plain-api.ts';

export interface ContenderOptions {
  readonly url: string;
  readonly token: string;
  readonly authority: string;
  readonly namespace: string;
  readonly identity: string;
  readonly durationMillis: number;
  readonly renewMillisMax: number;
  readonly retryMillis: number;
}

const options: ContenderOptions = JSON.parse(process.argv[2] ?? '{}');
const { namespace, identity } = options;
const api = new PlainApi(options.url, options.token, options.authority);
const path = `/api/v1/namespaces/${namespace}/configmaps`;
const PAUSE_MILLIS = 20;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function lead(term: Term): Promise<void> {
  say(`leading ${term.epoch}`);
  while (term.remainingMillis() > 0) {
    const body = {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'write-' } },
      data: { epoch: String(term.epoch), identity },
    };
    // What the server does not answer is tried again.
    await api.send({ method: 'POST', path, body, timeoutMillis: 500, signal: term.signal }).catch(() => null);
    await sleep(PAUSE_MILLIS);
  }
  say('following');
}

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const elector = new Elector({ ...options, api, lease: { namespace, name: 'sluice-controller' }, lead, log });
elector.start();
process.once('SIGTERM', () => void elector.stop().then(() => api.close()));
say('contending');
