/**
 * A WAFPolicy that is moved: `mode` and `staged` are applied by the server, with a field manager of their own and the rights of whoever calls. What comes from
 * a repository is not written: the tool behind it would write it back, in mid-move or, worse, after a fall back.
 */
import { resolve } from 'node:path';
import { conditionsIn, names, parseObject } from '@sluice/controller';
import { type Analysis, type InForce, inForceOf, type StagedMode } from '@sluice/hub/promote';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { ClusterSession } from '../../cluster/session.ts';
import { oneLine } from '../../events/text.ts';
import { PromoteError } from '../errors.ts';
import { awaitTrue } from './await-true.ts';
import type { MoveGround } from './ground.ts';
import { managedBy } from './managed.ts';
import { planPath } from './plan-file.ts';

/** Owner of `mode` and `staged` while a policy is moved, and afterwards. */
export const PROMOTE_FIELD_MANAGER = 'sluice-promote';

const REQUEST_MILLIS_MAX = 15_000;
/** For the controller to say what it thinks of a change. */
const ACCEPTED_MILLIS_MAX = 120_000;
const POLICY = /^([a-z0-9-]{1,63})\/([a-z0-9.-]{1,253})$/;

const names_ = z.record(z.string(), z.string()).optional();
const rawSchema = z.object({
  metadata: z.object({
    generation: z.number().default(0),
    labels: names_,
    annotations: names_,
    managedFields: z.array(z.object({ manager: z.string().optional() })).optional(),
  }),
  spec: z.object({ mode: z.string().optional(), staged: z.unknown().optional() }).loose().default({}),
  status: z.unknown().optional(),
});

type Raw = z.output<typeof rawSchema>;

export interface ClusterGroundOptions {
  readonly session: Pick<ClusterSession, 'api'>;
  readonly stdout: { write(text: string): unknown };
  /** Named on the command line. */
  readonly policy?: string | undefined;
  /** False: nobody is asked whether the controller takes it. */
  readonly wait: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export class ClusterGround implements MoveGround {
  readonly #options: ClusterGroundOptions;

  constructor(options: ClusterGroundOptions) {
    this.#options = options;
  }

  policyOf({ policies }: Analysis): string {
    const named = this.#options.policy ?? (policies.length === 1 ? policies[0] : undefined);
    if (named !== undefined && POLICY.test(named)) return named;
    const reason =
      named === undefined
        ? `requests were judged by ${policies.length === 0 ? 'none' : policies.join(', ')}`
        : `${named} is no WAFPolicy, NAMESPACE/NAME: what is inherited from a ClusterWAFPolicy is moved by a WAFPolicy of its own`;
    throw new PromoteError('PROMOTE_POLICY', { reason });
  }

  async exclusionsOf(policy: string): Promise<readonly InForce[]> {
    const raw = await this.#get(policy);
    const parsed = parseObject('WAFPolicy', { ...raw, metadata: { ...raw.metadata, ...partsOf(policy) } });
    const { exclusions = [] } = parsed.kind === 'valid' ? parsed.object.spec : {};
    const now = this.#options.now();
    return exclusions
      .filter(({ expires }) => expires === undefined || Date.parse(expires) > now)
      .map(inForceOf);
  }

  /** Beside whoever calls. */
  planPath(policy: string): string {
    return planPath(resolve('sluice.yaml'), policy);
  }

  async mayBegin(policy: string, first: StagedMode): Promise<void> {
    this.#demandUnmanaged(policy, await this.#get(policy), first);
  }

  /** @throws PromoteError PROMOTE_MANAGED, PROMOTE_NOT_IN_FORCE; ApiRefusal where the user may not */
  async apply(policy: string, mode: StagedMode): Promise<boolean> {
    const before = await this.#get(policy);
    // One who was killed behind the change has not asked whether it was taken over.
    const isThere = isAlready(before, mode);
    const after = isThere ? before : await this.#change(policy, before, mode);
    const refused = this.#options.wait ? await this.#refusal(policy, after.metadata.generation) : null;
    if (refused === null) return !isThere;
    // The way back to Detect stays written down: Block is nothing to be put back.
    const isBack = mode.mode === 'Detect' && mode.staged === null;
    if (!isThere && !isBack) await this.#patch(policy, formerOf(before));
    throw new PromoteError('PROMOTE_NOT_IN_FORCE', { reason: refused });
  }

  async #change(policy: string, before: Raw, mode: StagedMode): Promise<Raw> {
    this.#demandUnmanaged(policy, before, mode);
    const after = await this.#patch(policy, mode);
    if (mode.staged !== null || after.spec.staged === undefined) return after;
    // Another owns it, too: that it is left out here does not take it away, and Block would stay where it was.
    return this.#send(policy, 'application/merge-patch+json', { spec: { staged: null } });
  }

  close(): void {
    this.#options.session.api.close();
  }

  #demandUnmanaged(policy: string, { metadata }: Raw, mode: StagedMode): void {
    const manager = managedBy(metadata);
    if (manager === null) return;
    const { mode: own, staged } = mode;
    this.#options.stdout.write(
      stringify(manifestOf(policy, { mode: own, ...(staged === null ? {} : { staged }) })),
    );
    throw new PromoteError('PROMOTE_MANAGED', { policy, manager: oneLine(manager) });
  }

  /** What the controller says of this generation; null where it takes it. */
  async #refusal(policy: string, generation: number): Promise<string | null> {
    let said = 'the controller says nothing of it';
    const isTaken = await awaitTrue(ACCEPTED_MILLIS_MAX, async () => {
      const { status } = await this.#get(policy);
      const fact = conditionsIn(status).find(({ type }) => type === 'Accepted');
      if (fact === undefined || (fact.observedGeneration ?? 0) < generation) return null;
      said = fact.message;
      return fact.status === 'True';
    });
    return isTaken ? null : said;
  }

  async #get(policy: string): Promise<Raw> {
    const path = pathOf(policy);
    const { api } = this.#options.session;
    return rawSchema.parse(await api.call({ method: 'GET', path, timeoutMillis: REQUEST_MILLIS_MAX }));
  }

  async #patch(
    policy: string,
    { mode, staged }: { readonly mode?: string | undefined; readonly staged: unknown },
  ): Promise<Raw> {
    const spec = { ...(mode === undefined ? {} : { mode }), ...(staged === null ? {} : { staged }) };
    return this.#send(policy, 'application/apply-patch+yaml', manifestOf(policy, spec));
  }

  async #send(policy: string, contentType: string, body: object): Promise<Raw> {
    const isApplied = contentType.includes('apply');
    const query = new URLSearchParams({
      fieldManager: PROMOTE_FIELD_MANAGER,
      ...(isApplied ? { force: 'true' } : {}),
    });
    const answer = await this.#options.session.api.call({
      ...{ method: 'PATCH', path: `${pathOf(policy)}?${query}`, contentType, body },
      timeoutMillis: REQUEST_MILLIS_MAX,
    });
    return rawSchema.parse(answer);
  }
}

function partsOf(policy: string): { readonly namespace: string; readonly name: string } {
  const [, namespace = '', name = ''] = POLICY.exec(policy) ?? [];
  if (name !== '') return { namespace, name };
  throw new PromoteError('PROMOTE_POLICY', { reason: `${policy} is no WAFPolicy, NAMESPACE/NAME` });
}

function pathOf(policy: string): string {
  const { namespace, name } = partsOf(policy);
  return `/apis/${names.API_VERSION}/namespaces/${namespace}/wafpolicies/${name}`;
}

const manifestOf = (policy: string, spec: object): object => {
  const { namespace, name } = partsOf(policy);
  return { apiVersion: names.API_VERSION, kind: 'WAFPolicy', metadata: { name, namespace }, spec };
};

/** Fields in whatever order, and what is not said as it comes to. */
const stageText = (staged: unknown): string => {
  if (typeof staged !== 'object' || staged === null) return 'null';
  const { paths = [], percent = 0 } = staged as {
    readonly paths?: readonly string[];
    readonly percent?: number;
  };
  return JSON.stringify([paths, percent]);
};

const isAlready = ({ spec }: Raw, { mode, staged }: StagedMode): boolean =>
  spec.mode === mode && stageText(spec.staged) === stageText(staged);

/** What was there before, as it was said. */
const formerOf = ({
  spec: { mode, staged },
}: Raw): { readonly mode: string | undefined; readonly staged: unknown } => ({
  mode,
  staged: staged ?? null,
});
