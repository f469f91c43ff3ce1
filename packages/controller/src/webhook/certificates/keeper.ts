/** Keeps the webhook's certificates in a Secret that all replicas share, and the API server's trust in step with them. */
import { type Api, type ApiAnswer, isObject, isSuccess, statusBody } from '../../apply/api.ts';
import { ControllerError } from '../../errors.ts';
import { FIELD_MANAGER } from '../../kinds/names.ts';
import type { Log } from '../../log.ts';
import { type WebhookAddress, webhookConfiguration } from '../configuration.ts';
import { CERTIFICATE_LIMITS } from '../limits.ts';
import { bundleIn, type CertificateBundle, dataOf, makeBundle, renewed } from './bundle.ts';

export const SECRET_NAME = 'sluice-webhook-certificates';

export interface KeeperOptions {
  readonly api: Api;
  /** Sluice's own. */
  readonly namespace: string;
  readonly address: WebhookAddress;
  readonly log: Log;
  /** Called with the certificate to serve from now on, once the API server trusts it. */
  readonly onServing: (certificate: CertificateBundle['serving']) => void;
  readonly now?: () => number;
}

/** Names that the API server asks for. */
export const namesOf = (address: WebhookAddress): readonly string[] =>
  'url' in address
    ? [new URL(address.url).hostname.replace(/^\[|\]$/g, '')]
    : [
        `${address.service}.${address.namespace}.svc`,
        `${address.service}.${address.namespace}.svc.cluster.local`,
      ];

interface Held {
  readonly bundle: CertificateBundle | null;
  /** `''` where there is no Secret. */
  readonly resourceVersion: string;
}

const CONFLICT = 409;
const NOT_FOUND = 404;
const ATTEMPTS_MAX = 5;

export class CertificateKeeper {
  readonly #options: KeeperOptions;
  #timer: NodeJS.Timeout | null = null;
  #served = '';

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /**
   * Once with certificates that are trusted, and from then on by itself.
   *
   * @throws ControllerError KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED
   */
  async start(): Promise<void> {
    await this.turn();
    this.#timer = setInterval(() => {
      this.turn().catch((error: unknown) => {
        // What is served stays good for a month yet.
        this.#options.log.warn({ error: String(error) }, 'certificates of the webhook were not looked at');
      });
    }, CERTIFICATE_LIMITS.turnMillis);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Looks at the Secret, takes what is due one step on, and has the API server trust it before it is served. */
  async turn(): Promise<void> {
    const bundle = await this.#bundle();
    await this.#trust(bundle.trusted);
    if (bundle.serving.certificate === this.#served) return;
    this.#served = bundle.serving.certificate;
    this.#options.onServing(bundle.serving);
  }

  /** Another replica may write at the same time: what is there then is as good. */
  async #bundle(): Promise<CertificateBundle> {
    const names = namesOf(this.#options.address);
    for (let attempt = 1; ; attempt++) {
      const now = this.#options.now?.() ?? Date.now();
      const { bundle, resourceVersion } = await this.#read();
      const next = bundle === null ? await makeBundle(names, now) : await renewed(bundle, names, now);
      if (next === bundle) return bundle;
      const answer = await this.#write(next, resourceVersion);
      if (isSuccess(answer)) return next;
      if (answer.status !== CONFLICT || attempt >= ATTEMPTS_MAX)
        throw refusal('the Secret of the webhook', answer);
    }
  }

  get #secrets(): string {
    return `/api/v1/namespaces/${this.#options.namespace}/secrets`;
  }

  async #read(): Promise<Held> {
    const answer = await this.#send('GET', `${this.#secrets}/${SECRET_NAME}`);
    if (answer.status === NOT_FOUND) return { bundle: null, resourceVersion: '' };
    if (!isSuccess(answer) || !isObject(answer.body))
      throw refusal('to read the Secret of the webhook', answer);
    const { data, metadata } = answer.body;
    const version = isObject(metadata) ? metadata.resourceVersion : '';
    return { bundle: bundleIn(data), resourceVersion: typeof version === 'string' ? version : '' };
  }

  #write(bundle: CertificateBundle, resourceVersion: string): Promise<ApiAnswer> {
    const { namespace } = this.#options;
    const isNew = resourceVersion === '';
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'Opaque',
      metadata: { name: SECRET_NAME, namespace, ...(isNew ? {} : { resourceVersion }) },
      data: dataOf(bundle),
    };
    return isNew
      ? this.#send('POST', this.#secrets, secret)
      : this.#send('PUT', `${this.#secrets}/${SECRET_NAME}`, secret);
  }

  async #trust(trusted: string): Promise<void> {
    const object = webhookConfiguration(this.#options.address, trusted);
    const root = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
    const path = `${root}/${object.metadata.name}?fieldManager=${FIELD_MANAGER}&force=true`;
    const answer = await this.#send('PATCH', path, object, 'application/apply-patch+yaml');
    if (!isSuccess(answer)) throw refusal('the ValidatingWebhookConfiguration', answer);
  }

  #send(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH',
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<ApiAnswer> {
    return this.#options.api.send({
      method,
      path,
      timeoutMillis: CERTIFICATE_LIMITS.requestMillisMax,
      ...(body === undefined ? {} : { body }),
      ...(contentType === undefined ? {} : { contentType }),
    });
  }
}

const refusal = (what: string, answer: ApiAnswer): ControllerError =>
  new ControllerError('KUBERNETES_REFUSED', {
    what,
    status: answer.status,
    reason: statusBody(answer).message ?? '',
  });
