/** Alert and GlobalAlert of the cluster: which are in force, as the controller has accepted them, and what becomes of each, in its status. */
import {
  type Api,
  ApiClient,
  ApiSource,
  conditionsIn,
  loadKubeconfig,
  names,
  type RawObject,
  Reflector,
} from '@sluice/controller';
import {
  type AlertDefinition,
  type AlertStatus,
  type AlertsOf,
  defineAlert,
  type HubConfig,
  HubError,
  OWN_EVENT_MILLIS,
  type OwnEvent,
} from '@sluice/hub';
import type { Logger } from 'pino';

type Settings = Exclude<HubConfig['alerts']['kubernetes'], false>;

/** An alert as an object. */
interface AlertObject {
  readonly apiVersion: string;
  readonly kind: string;
  /** `''` where the kind has none. */
  readonly namespace: string;
  readonly name: string;
  readonly spec: unknown;
  /** Whether the controller has taken it; null before it has said so. */
  readonly accepted: boolean | null;
  readonly reason: string;
}

const KINDS = [
  { apiVersion: names.API_VERSION, kind: 'Alert', plural: 'alerts' },
  { apiVersion: 'projectcalico.org/v3', kind: 'GlobalAlert', plural: 'globalalerts' },
] as const;

const STATUS_MILLIS_MAX = 10_000;
const NOT_FOUND = 404;

const nameOf = ({ namespace, name }: AlertObject): string =>
  namespace === '' ? name : `${namespace}/${name}`;

/** A WAFPolicy, and what its probes have found wrong; `''` where nothing is. */
interface Policy {
  readonly namespace: string;
  readonly problem: string;
}

/** Of the condition Enforcing: probes were answered otherwise than the policy says. */
const NOT_ENFORCED: readonly string[] = ['NotEnforced', 'PartlyEnforced'];

function policyOf({ metadata: { namespace = '' }, status }: RawObject): Policy {
  const fact = conditionsIn(status).find(({ type }) => type === 'Enforcing');
  const isBad = fact !== undefined && fact.status !== 'True' && NOT_ENFORCED.includes(fact.reason);
  return { namespace, problem: isBad ? fact.message : '' };
}

/** Puts what the hub itself has seen beside the events of requests. */
type Keep = (event: OwnEvent) => void;

interface ClusterParts {
  readonly log: Logger;
  readonly changed: () => void;
  readonly keep: Keep;
}

export class ClusterAlerts {
  readonly #settings: Settings;
  readonly #client: ApiClient;
  readonly #log: Logger;
  readonly #reflectors: readonly Reflector<AlertObject>[];
  readonly #policies: Reflector<Policy>;
  readonly #keep: Keep;
  #timer: NodeJS.Timeout | undefined;
  readonly #ended = new AbortController();
  readonly #waiting = new Map<string, AlertStatus>();
  #writing: Promise<void> | null = null;

  /** @param changed there are others now, or they are known for the first time @throws ControllerError KUBECONFIG_ABSENT, KUBECONFIG_INVALID */
  constructor(settings: Settings, { log, changed, keep }: ClusterParts) {
    const { kubeconfig } = settings;
    this.#settings = settings;
    this.#log = log;
    this.#client = new ApiClient(loadKubeconfig(kubeconfig === undefined ? {} : { kubeconfig }));
    this.#reflectors = KINDS.map(({ apiVersion, kind, plural }) => {
      const source = new ApiSource(this.#client, { path: `/apis/${apiVersion}/${plural}` });
      const project = (raw: RawObject): AlertObject => alertObject(raw, apiVersion, kind);
      // Its own writing of statuses is no news.
      const isQuiet = (before: AlertObject, after: AlertObject): boolean =>
        JSON.stringify(before) === JSON.stringify(after);
      return new Reflector({ name: kind, source, project, optional: true, isQuiet }, { log, changed });
    });
    this.#keep = keep;
    const source = new ApiSource(this.#client, { path: `/apis/${names.API_VERSION}/wafpolicies` });
    const isQuiet = (before: Policy, after: Policy): boolean => before.problem === after.problem;
    this.#policies = new Reflector(
      { name: 'WAFPolicy', source, project: policyOf, optional: true, isQuiet },
      { log, changed: () => this.#tellPolicies() },
    );
  }

  get api(): Api {
    return this.#client;
  }

  start(): void {
    for (const reflector of [...this.#reflectors, this.#policies]) reflector.start();
    this.#timer = setInterval(() => this.#tellPolicies(), OWN_EVENT_MILLIS);
  }

  /** Null before the cluster has answered for the first time. */
  read(): AlertsOf | null {
    if (!this.#reflectors.every(({ isAnswered }) => isAnswered)) return null;
    const definitions: AlertDefinition[] = [];
    const faults: string[] = [];
    for (const object of this.#objects()) {
      const name = nameOf(object);
      if (object.accepted === false) faults.push(`the alert ${name} is not accepted: ${object.reason}`);
      if (object.accepted !== true) continue;
      try {
        definitions.push(defineAlert(name, object.spec, this.#scopeOf(object)));
      } catch (error) {
        if (!(error instanceof HubError)) throw error;
        faults.push(error.message);
      }
    }
    return { definitions, faults };
  }

  /** Of an alert that is no object of the cluster nothing is written. */
  tell({ name }: AlertDefinition, status: AlertStatus): void {
    this.#waiting.set(name, status);
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    clearInterval(this.#timer);
    const reflectors = [...this.#reflectors, this.#policies];
    await Promise.all([...reflectors.map((reflector) => reflector.stop()), this.#writing]);
    this.#client.close();
  }

  /** As long as it goes on: an event is over when nothing tells of it. */
  #tellPolicies(): void {
    const at = Date.now();
    for (const [key, { namespace, problem }] of this.#policies.snapshot()) {
      if (problem === '') continue;
      const waf = { policy: key, destination: { namespace } };
      this.#keep({ action: 'not-enforced', subject: key, reason: problem, at, waf });
    }
  }

  #objects(): readonly AlertObject[] {
    return this.#reflectors.flatMap((reflector) => [...reflector.snapshot().values()]);
  }

  /** In Sluice's own namespace, and without one, it sees everything. */
  #scopeOf({ namespace }: AlertObject): { readonly namespace?: string } {
    return namespace === '' || namespace === this.#settings.namespace ? {} : { namespace };
  }

  /** One after the other. What cannot be written is said; the next evaluation has a newer one. */
  async #write(): Promise<void> {
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined || this.#ended.signal.aborted) return;
      const [name, status] = next;
      this.#waiting.delete(name);
      const object = this.#objects().find((each) => nameOf(each) === name);
      if (object === undefined) continue;
      const problem = await writeStatus(this.#client, object, status, this.#ended.signal);
      if (problem !== '') this.#log.warn({ alert: name, reason: problem }, 'its status cannot be written');
    }
  }
}

function alertObject(raw: RawObject, apiVersion: string, kind: string): AlertObject {
  const { name, namespace = '' } = raw.metadata;
  const accepted = conditionsIn(raw.status).find(({ type }) => type === 'Accepted');
  return {
    ...{ apiVersion, kind, namespace, name, spec: raw.spec, reason: accepted?.message ?? '' },
    accepted: accepted === undefined ? null : accepted.status === 'True',
  };
}

/** @returns what is wrong; `''` where it is written, or the object is gone */
async function writeStatus(
  api: Api,
  { apiVersion, kind, namespace, name }: AlertObject,
  { lastExecuted, lastEvent, ...rest }: AlertStatus,
  signal: AbortSignal,
): Promise<string> {
  const plural = KINDS.find((each) => each.kind === kind)?.plural ?? '';
  const place = namespace === '' ? '' : `namespaces/${namespace}/`;
  const path = `/apis/${apiVersion}/${place}${plural}/${name}/status`;
  const times = {
    ...(lastExecuted === null ? {} : { lastExecuted }),
    ...(lastEvent === null ? {} : { lastEvent }),
  };
  try {
    const answer = await api.send({
      method: 'PATCH',
      path: `${path}?fieldManager=${names.HUB_FIELD_MANAGER}&force=true`,
      contentType: 'application/apply-patch+yaml',
      body: {
        ...{ apiVersion, kind, metadata: { name, ...(namespace === '' ? {} : { namespace }) } },
        status: { ...rest, ...times },
      },
      timeoutMillis: STATUS_MILLIS_MAX,
      signal,
    });
    const isWritten = (answer.status >= 200 && answer.status < 300) || answer.status === NOT_FOUND;
    return isWritten ? '' : `status ${answer.status}`;
  } catch (error) {
    return signal.aborted ? '' : error instanceof Error ? error.message : String(error);
  }
}
