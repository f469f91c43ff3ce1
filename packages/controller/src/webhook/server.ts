/** The HTTPS server that the API server asks. Every request is answered in time, and nothing is let in that could not be looked at. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Counter, Histogram, type Registry } from 'prom-client';
import { ControllerError, reasonOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { KeyPair } from './certificates/authority.ts';
import { WEBHOOK_PATH } from './configuration.ts';
import type { Decider } from './decide.ts';
import { WEBHOOK_LIMITS } from './limits.ts';
import {
  type AdmissionAnswer,
  type AdmissionRequest,
  admissionReview,
  answerOf,
  undecided,
} from './review.ts';

export interface WebhookOptions {
  /** `''`: all addresses of the machine. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly decider: Pick<Decider, 'decide'>;
  readonly log: Log;
  /** Where its metrics are kept, if anywhere. */
  readonly registry?: Registry;
  /** Milliseconds; default WEBHOOK_LIMITS.decisionMillisMax. */
  readonly decisionMillisMax?: number;
}

type Outcome = 'allowed' | 'refused' | 'undecided' | 'malformed';

export class WebhookServer {
  readonly #options: WebhookOptions;
  readonly #server: Server;
  readonly #reviews: Counter<'kind' | 'outcome'>;
  readonly #seconds: Histogram;
  #underway = 0;

  constructor(options: WebhookOptions) {
    this.#options = options;
    const registers = options.registry === undefined ? [] : [options.registry];
    this.#reviews = new Counter({
      name: 'sluice_controller_admission_reviews_total',
      help: 'Objects that the API server has asked about.',
      labelNames: ['kind', 'outcome'],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'sluice_controller_admission_seconds',
      help: 'Time until an answer.',
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 8],
      registers,
    });
    this.#server = createServer(
      { minVersion: 'TLSv1.2', requestTimeout: WEBHOOK_LIMITS.requestMillisMax },
      (request, response) => {
        this.#serve(request, response).catch((error: unknown) => {
          options.log.error({ error: reasonOf(error) }, 'admission: a request was not answered');
          response.destroy();
        });
      },
    );
  }

  /** From now on for new connections; those that are open keep what they were opened with. */
  use({ certificate, key }: KeyPair): void {
    this.#server.setSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' });
  }

  /** @returns the port. @throws ControllerError WEBHOOK_LISTEN */
  async listen(): Promise<number> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) => {
        const details = { address: `${host}:${port}`, reason: reasonOf(cause) };
        reject(new ControllerError('WEBHOOK_LISTEN', details, cause));
      });
      this.#server.listen(port, host, resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** What is asked already is answered. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeIdleConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.split('?', 1)[0] !== WEBHOOK_PATH) return refuse(response, 404, 'there is nothing here');
    if (request.method !== 'POST') return refuse(response, 405, 'only POST');
    const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
    if (type !== 'application/json') return refuse(response, 415, 'only application/json');
    if (this.#underway >= WEBHOOK_LIMITS.reviewsMax) return refuse(response, 503, 'too many reviews at once');
    this.#underway += 1;
    const end = this.#seconds.startTimer();
    try {
      const body = await bodyOf(request);
      if (body === null) return refuse(response, 413, `more than ${WEBHOOK_LIMITS.bodyBytesMax} bytes`);
      const review = admissionReview.safeParse(parsed(body));
      if (!review.success) {
        this.#reviews.inc({ kind: 'unknown', outcome: 'malformed' });
        return refuse(response, 400, 'not an AdmissionReview of admission.k8s.io/v1');
      }
      send(response, 200, await this.#answer(review.data.request));
    } finally {
      this.#underway -= 1;
      end();
    }
  }

  async #answer(request: AdmissionRequest): Promise<AdmissionAnswer> {
    const { decider, log, decisionMillisMax = WEBHOOK_LIMITS.decisionMillisMax } = this.#options;
    const { kind } = request.kind;
    const count = (outcome: Outcome): void => this.#reviews.inc({ kind, outcome });
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new ControllerError('ADMISSION_LATE', { millis: decisionMillisMax })),
      decisionMillisMax,
    );
    try {
      const decision = await Promise.race([decider.decide(request), late.promise]);
      count(decision.problems.length === 0 ? 'allowed' : 'refused');
      return answerOf(request, decision);
    } catch (error) {
      count('undecided');
      const { namespace, name } = request;
      log.warn({ kind, namespace, name, error: reasonOf(error) }, 'admission: undecided, and so refused');
      const remedy = error instanceof ControllerError ? ` ${error.remedy}` : '';
      return undecided(request, `${reasonOf(error)}.${remedy}`);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Null for one that is longer than may be. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > WEBHOOK_LIMITS.bodyBytesMax) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  // What is left of a request that is not read would be taken for the next one.
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify({ code: 'ADMISSION_REFUSED', message: reason }));
}
