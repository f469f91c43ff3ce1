/** Policies and rules for the console: the file that servers read, changed as `sluice promote` changes it, and rules judged in a process of their own. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type {
  ExplainAsked,
  ExplainedPolicy,
  ListedExclusion,
  MoveAsked,
  PolicyDesk,
  PolicySummary,
  ReplayAsked,
  Replayed,
  RuleCosts,
  RuleText,
} from '@sluice/console';
import type { EventStore } from '@sluice/hub';
import type { ExclusionObject, InForce, MovePlan } from '@sluice/hub/promote';
import { loadConfig } from '@sluice/server';
import { loadLocatedConfig } from '@sluice/server/config';
import { explainPolicy } from '@sluice/server/policies/explain';
import type { Logger } from 'pino';
import { type Document, isSeq, parseDocument } from 'yaml';
import { explanationToJson } from '../policy-explain/render.ts';
import { type AwaitReload, editConfig, withExclusions } from '../promote/edit.ts';
import { type WrittenExclusion, writtenExclusions } from '../promote/exclusions.ts';
import { secLangOf } from '../promote/seclang.ts';
import { RulesUpdateError } from '../rules-update/errors.ts';
import { page } from '../rules-update/watch.ts';
import { ConsoleDeskError } from './errors.ts';
import { inForceOf } from './in-force.ts';
import { askJudge } from './judge.ts';
import { Moves } from './moves.ts';
import { told } from './told.ts';

/** A change that waits for a server is written already: what remains is to tell. */
const CLOSE_MILLIS_MAX = 5_000;

export interface FileDeskOptions {
  /** A sluice.yaml; null: none is named. */
  readonly file: string | null;
  readonly store: EventStore;
  readonly log: Logger;
  /** Waits until the server has taken the file over; by its admin address where nothing else is said. */
  readonly awaitReload?: AwaitReload;
}

export class FileDesk implements PolicyDesk {
  readonly #options: FileDeskOptions;
  readonly #moves: Moves | null;
  /** Changes of the file go one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: FileDeskOptions) {
    this.#options = options;
    const { file, store, log } = options;
    this.#moves =
      file === null ? null : new Moves({ file, store, log, edit: (change) => this.#edit(file, change) });
  }

  get file(): string | null {
    return this.#options.file;
  }

  async policies(): Promise<readonly PolicySummary[]> {
    return Object.entries(loadConfig(this.#path()).policies).map(([name, policy]) => ({
      name,
      mode: policy.mode,
      staged: policy.staged ?? null,
      paranoia: policy.paranoia,
      thresholds: policy.thresholds,
      exclusions: policy.exclusions.length,
    }));
  }

  async inForce(policy: string): Promise<readonly InForce[]> {
    return inForceOf(loadConfig(this.#path()), policy);
  }

  async exclusions(): Promise<readonly ListedExclusion[]> {
    const path = this.#path();
    const names = Object.keys(loadConfig(path).policies);
    const document = parseDocument(readFileSync(path, 'utf8'));
    return names.flatMap((policy) => writtenExclusions(document, policy).map((each) => listed(policy, each)));
  }

  readonly secLangOf = secLangOf;

  async exclude(policy: string, exclusions: readonly ExclusionObject[]): Promise<string | null> {
    const path = this.#path();
    if (!Object.hasOwn(loadConfig(path).policies, policy))
      throw new ConsoleDeskError('DESK_POLICY', { file: path, policy });
    return told(() => this.#edit(path, withExclusions(policy, exclusions)));
  }

  async removeExclusion(digest: string): Promise<string | null> {
    const remove = (document: Document): void => {
      for (const policy of Object.keys(document.toJS()?.policies ?? {})) {
        const at = writtenExclusions(document, policy).findIndex((each) => digestOf(policy, each) === digest);
        const list = document.getIn(['policies', policy, 'exclusions']);
        if (at >= 0 && isSeq(list)) list.delete(at);
      }
    };
    return told(() => this.#edit(this.#path(), remove));
  }

  async explain(asked: ExplainAsked): Promise<ExplainedPolicy> {
    const { policy, address, port, route, host, path, client } = asked;
    const explanation = explainPolicy(loadLocatedConfig(this.#path()), {
      named: policy === '' ? null : policy,
      destination: { address, port, route, virtualHost: '' },
      clientAddress: client,
      uri: path,
      headers: host === '' ? [] : [['host', host]],
    });
    return explanationToJson(explanation) as ExplainedPolicy;
  }

  async replay(asked: ReplayAsked): Promise<Replayed> {
    const judged = await askJudge({ kind: 'replay', config: this.#path(), asked });
    if (judged.kind === 'replayed') return judged.replayed;
    throw new ConsoleDeskError('DESK_JUDGE', { reason: 'it answers something else' });
  }

  async rule(id: number, of: 'all' | 'base'): Promise<RuleText> {
    const judged = await askJudge({ kind: 'rule', config: of === 'all' ? this.file : null, id });
    if (judged.kind === 'rule') return judged.rule;
    throw new ConsoleDeskError('DESK_JUDGE', { reason: 'it answers something else' });
  }

  async ruleCosts(): Promise<RuleCosts | null> {
    if (this.file === null) return null;
    try {
      return (await page(loadConfig(this.file), '/rule-costs')) as RuleCosts;
    } catch (error) {
      // A server that is away, or older, tells nothing.
      if (error instanceof RulesUpdateError) return null;
      throw error;
    }
  }

  async moves(): Promise<readonly MovePlan[]> {
    return this.#moves?.list() ?? [];
  }

  async beginMove(asked: MoveAsked): Promise<string | null> {
    return this.#moves?.begin(asked) ?? null;
  }

  async stopMove(policy: string, back: boolean): Promise<string | null> {
    return this.#moves?.stop(policy, back) ?? null;
  }

  async close(): Promise<void> {
    const ended = Promise.all([this.#moves?.close(), this.#last]);
    await Promise.race([ended, pause(CLOSE_MILLIS_MAX, undefined, { ref: false })]);
  }

  #path(): string {
    if (this.file === null) throw new ConsoleDeskError('DESK_POLICY', { file: 'hub.yaml', policy: '' });
    return this.file;
  }

  #edit(path: string, change: (document: Document) => void): Promise<boolean> {
    const { awaitReload } = this.#options;
    const options = { awaitServer: true, ...(awaitReload === undefined ? {} : { awaitReload }) };
    const edited = this.#last.then(() => editConfig(path, change, options));
    this.#last = edited.catch(
      () => undefined, // Who asked for it is told.
    );
    return edited;
  }
}

const digestOf = (policy: string, written: WrittenExclusion): string =>
  createHash('sha256')
    .update(JSON.stringify([policy, written]))
    .digest('base64url')
    .slice(0, 32);

function listed(policy: string, written: WrittenExclusion): ListedExclusion {
  const { expires } = written;
  return {
    ...written,
    policy,
    digest: digestOf(policy, written),
    expired: expires !== null && Date.parse(expires) <= Date.now(),
    secLang: secLangOf(written),
  };
}
