/** Where a policy stands that is moved: in sluice.yaml, or in a cluster. */
import type { Analysis, InForce, StagedMode } from '@sluice/hub/promote';
import { loadConfig } from '@sluice/server';
import { editConfig, withMode } from '../edit.ts';
import { type ConfigFlags, policyOf } from '../exclude.ts';
import { planPath } from './plan-file.ts';

export interface MoveGround {
  /** Of which policy the move is. @throws PromoteError PROMOTE_POLICY */
  policyOf(found: Analysis): string;
  /** Those of the policy that hold. */
  exclusionsOf(policy: string): Promise<readonly InForce[]>;
  planPath(policy: string): string;
  /** Before a plan is written: rejects where this policy is not to be written by this command. */
  mayBegin(policy: string, first: StagedMode): Promise<void>;
  /** Brings a mode into force; does nothing where it is. Rejects where it is not in force then. */
  apply(policy: string, mode: StagedMode): Promise<unknown>;
  close(): void;
}

export type FileFlags = Pick<ConfigFlags, 'config' | 'policy' | 'wait'>;

export class FileGround implements MoveGround {
  readonly #flags: FileFlags;

  constructor(flags: FileFlags) {
    this.#flags = flags;
  }

  policyOf(found: Analysis): string {
    return policyOf(found, this.#flags);
  }

  async exclusionsOf(policy: string): Promise<readonly InForce[]> {
    return loadConfig(this.#flags.config).policies[policy]?.exclusions ?? [];
  }

  planPath(policy: string): string {
    return planPath(this.#flags.config, policy);
  }

  mayBegin(): Promise<void> {
    return Promise.resolve();
  }

  apply(policy: string, mode: StagedMode): Promise<unknown> {
    const { config, wait } = this.#flags;
    return editConfig(config, withMode(policy, mode), { awaitServer: wait });
  }

  close(): void {
    // A file is open for no longer than it is read.
  }
}
