/** The webhook, on each replica: HTTPS, and certificates that the API server trusts. */
import {
  type Api,
  CertificateKeeper,
  Decider,
  type Log,
  type RuleSetJudge,
  type WebhookAddress,
  type WebhookOptions,
  WebhookServer,
  type World,
  WorldPlaces,
} from '@sluice/controller';
import { UntilDone } from './again.ts';

export interface AdmissionOptions {
  readonly api: Api;
  readonly judge: RuleSetJudge;
  readonly world: () => World;
  readonly namespace: string;
  readonly port: number;
  /** As the API server reaches it, by the port that it listens on. */
  readonly address: (port: number) => WebhookAddress;
  readonly log: Log;
  readonly registry: NonNullable<WebhookOptions['registry']>;
}

export class Admission {
  readonly #options: AdmissionOptions;
  readonly #server: WebhookServer;
  readonly #trusting: UntilDone;
  #keeper: CertificateKeeper | null = null;

  constructor(options: AdmissionOptions) {
    const { judge, world, namespace, port, log, registry } = options;
    this.#options = options;
    this.#trusting = new UntilDone('the certificate of the webhook', log);
    const decider = new Decider({ judge, world, places: new WorldPlaces(world, namespace) });
    this.#server = new WebhookServer({ host: '', port, decider, log, registry });
  }

  /** Why the API server cannot ask; `''` where it can. */
  get problem(): string {
    return this.#trusting.problem;
  }

  /** @returns the port. @throws ControllerError WEBHOOK_LISTEN */
  async listen(): Promise<number> {
    const port = await this.#server.listen();
    const { api, namespace, log, address } = this.#options;
    const onServing = this.#server.use.bind(this.#server);
    this.#keeper = new CertificateKeeper({ api, namespace, log, address: address(port), onServing });
    return port;
  }

  /** Resolves when the API server trusts it. */
  start(signal: AbortSignal): Promise<void> {
    return this.#trusting.run(async () => this.#keeper?.start(), signal);
  }

  /** What is asked already is answered. */
  async close(): Promise<void> {
    this.#keeper?.stop();
    await this.#server.close();
  }
}
