/** The life of the node agent: takes over what a former one left, follows the table, and leaves the data path as it is. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeConfig } from '@sluice/envoy-config';
import { demandCapabilities } from './capabilities.ts';
import { CONTROL_SOCKET, type ControlCommand, isAnswered, openControl, tellAgent } from './control.ts';
import { EnvoyKeeper } from './envoy/keeper.ts';
import type { EnvoyOptions, NodeEnvoy } from './envoy/node-envoy.ts';
import { reasonOf } from './errors.ts';
import { Interception } from './interception.ts';
import { agentName } from './kernel/ruleset.ts';
import { CHECK_MILLIS, DRAIN_LOOK_MILLIS, PULSE_MILLIS, REDIRECT_PORTS, SWEEP_MILLIS_MIN } from './limits.ts';
import type { Log } from './log.ts';
import { tellOpenFiles } from './open-files.ts';
import type { Pod } from './pods/pod.ts';
import { statusOf } from './pods/status-of.ts';
import { readState, STATE_FILE, writeState } from './state.ts';
import { type AgentStatus, STATUS_FILE, writeStatus } from './status.ts';
import { readTable } from './table/read.ts';
import type { AgentTable } from './table/schema.ts';
import { TableWatch } from './table/watch.ts';

export interface NodeAgentOptions extends EnvoyOptions {
  readonly tablePath: string;
  readonly log: Log;
  /** Whether an agent that runs on the same folder, perhaps in another container, is told to yield. */
  readonly takeOver?: boolean;
  /** A file that is there while all that is selected is led to an Envoy of this agent's own container. */
  readonly readyFile?: string;
}

export class NodeAgent {
  readonly #options: NodeAgentOptions;
  readonly #keeper: EnvoyKeeper;
  readonly #interception: Interception;
  #control: Server | null = null;
  #watch: TableWatch | null = null;
  #pulse: NodeJS.Timeout | undefined;
  #ended: Promise<void> = Promise.resolve();
  #isStopping = false;
  #hasYielded = false;
  #isReady = false;
  #feeling = false;
  #tableChanged = true;
  #tableTrouble: string | null = null;
  #wake = Promise.withResolvers<void>();
  #stepAt = 0;
  #checkAt = 0;
  #retireAt = 0;
  #toCheck: Pod[] = [];
  #written = { state: '', status: '' };

  constructor(options: NodeAgentOptions) {
    this.#options = options;
    const { log, drainSeconds } = options;
    this.#keeper = new EnvoyKeeper(options, log, () => this.#hurry());
    this.#interception = new Interception(agentName(options.stateDirectory), this.#keeper, log, drainSeconds);
  }

  /**
   * Resolves once it follows the table.
   * @throws NodeAgentError NODE_AGENT_ROOT_NEEDED, NODE_AGENT_RUNNING, NODE_AGENT_STATE
   */
  async start(): Promise<void> {
    const { stateDirectory, tablePath } = this.#options;
    demandCapabilities();
    tellOpenFiles(this.#options.log);
    mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
    const socket = join(stateDirectory, CONTROL_SOCKET);
    this.#setReady(false);
    if (this.#options.takeOver === true && (await isAnswered(socket))) {
      this.#options.log.info({}, 'another agent is told to yield');
      await tellAgent(socket, stateDirectory, 'yield');
    }
    this.#control = await openControl(socket, stateDirectory, (command) => this.#obey(command));
    const state = readState(join(stateDirectory, STATE_FILE));
    for (const pod of state.pods) this.#interception.restore(pod);
    this.#interception.setSettings(state.settings);
    const plan = this.#interception.plan();
    if (plan !== null) await this.#keeper.adopt(state, plan);
    this.#watch = new TableWatch(tablePath, () => {
      this.#tableChanged = true;
      this.#hurry();
    });
    this.#pulse = setInterval(() => this.#feel(), PULSE_MILLIS);
    this.#ended = this.#live();
  }

  /** Ends the agent. Envoy goes on, and so does what is installed in pods. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#hurry();
    await this.#ended;
    this.#control?.close();
  }

  /**
   * Ends agent and Envoy. Who has yielded waits until its successor has ended the Envoy; else what fails open goes to the workloads,
   * and what is Closed is refused until there is another agent.
   */
  async leave(): Promise<void> {
    await this.stop();
    const { drainSeconds, log } = this.#options;
    const until = performance.now() + 1_000 * drainSeconds;
    const { current } = this.#keeper;
    if (current !== null && !current.isElsewhere) {
      if (this.#hasYielded) {
        while (current.isAlive && performance.now() < until) await sleep(DRAIN_LOOK_MILLIS);
      } else {
        await this.#drain(current, until);
      }
      await this.#keeper.end();
    }
    if (!this.#hasYielded) this.#record();
    this.#setReady(false);
    log.info({ yielded: this.#hasYielded }, 'left');
  }

  async #drain(envoy: NodeEnvoy, until: number): Promise<void> {
    try {
      await this.#interception.letThrough();
      await envoy.drain();
      while (performance.now() < until && (await envoy.connections()) > 0) await sleep(DRAIN_LOOK_MILLIS);
    } catch (error) {
      this.#options.log.error({ reason: reasonOf(error) }, 'not all connections had time to end');
    }
  }

  /** Whether another agent has taken over. */
  get hasYielded(): boolean {
    return this.#hasYielded;
  }

  #setReady(ready: boolean): void {
    const { readyFile } = this.#options;
    this.#isReady = ready;
    if (readyFile === undefined) return;
    if (ready) writeFileSync(readyFile, '');
    else rmSync(readyFile, { force: true });
  }

  /** Resolves once it has ended, by `stop` or because it was told to. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  async #obey(command: ControlCommand): Promise<void> {
    if (command === 'hand-over') return this.#keeper.handOver();
    this.#hasYielded = command === 'yield';
    await this.stop();
  }

  /** Looks again at once. */
  #hurry(): void {
    this.#stepAt = 0;
    this.#wake.resolve();
  }

  #feel(): void {
    const { current } = this.#keeper;
    if (current !== null && !current.isAlive) this.#hurry();
    if (this.#feeling) return;
    this.#feeling = true;
    void this.#keeper.feel().finally(() => {
      this.#feeling = false;
    });
  }

  async #live(): Promise<void> {
    while (!this.#isStopping) {
      this.#wake = Promise.withResolvers();
      try {
        await this.#turn();
      } catch (error) {
        this.#options.log.error({ reason: reasonOf(error) }, 'a step failed');
        this.#stepAt = performance.now() + DRAIN_LOOK_MILLIS;
      }
      const due = Math.min(this.#stepAt, this.#checkAt) - performance.now();
      await Promise.race([this.#wake.promise, sleep(Math.max(0, due), undefined, { ref: true })]);
    }
    await this.#keeper.settle();
    clearInterval(this.#pulse);
    this.#watch?.close();
    this.#record();
  }

  async #turn(): Promise<void> {
    if (this.#tableChanged) this.#readTable();
    const now = performance.now();
    if (now >= this.#stepAt) {
      this.#stepAt = Number.POSITIVE_INFINITY;
      const plan = this.#interception.plan();
      if (plan !== null) this.#keeper.tend(plan);
      const wait = await this.#interception.step();
      await this.#retire();
      const isBusy = wait <= DRAIN_LOOK_MILLIS || this.#keeper.retiring !== null;
      const next = performance.now() + (isBusy ? Math.min(wait, DRAIN_LOOK_MILLIS) : SWEEP_MILLIS_MIN);
      this.#stepAt = Math.min(this.#stepAt, next);
    }
    await this.#check();
    this.#record();
    const isReady = this.#keeper.isAtHome && this.#interception.leadsToCurrent;
    if (isReady && !this.#isReady) this.#setReady(true);
  }

  #readTable(): void {
    this.#tableChanged = false;
    const { tablePath, log } = this.#options;
    try {
      const table = readTable(tablePath);
      demandMeaning(table);
      this.#interception.setTable(table);
      this.#tableTrouble = null;
      log.info({ pods: table.pods.length }, 'the table is in force');
    } catch (error) {
      // What is in force stays.
      this.#tableTrouble = reasonOf(error);
      log.error({ reason: this.#tableTrouble }, 'the table is refused');
    }
    this.#stepAt = 0;
  }

  /** Ends the former Envoy once it has no connections left, or had the time to. */
  async #retire(): Promise<void> {
    const { retiring } = this.#keeper;
    const now = performance.now();
    if (retiring === null || now < this.#retireAt) return;
    this.#retireAt = now + DRAIN_LOOK_MILLIS;
    if (retiring.deadline === null) {
      if (!this.#interception.leadsToCurrent) return;
      retiring.deadline = now + 1_000 * this.#options.drainSeconds;
      await retiring.envoy.drain();
    }
    const isOver = now >= retiring.deadline || (await retiring.envoy.connections()) === 0;
    if (isOver) await this.#keeper.retire();
  }

  async #check(): Promise<void> {
    const now = performance.now();
    if (now < this.#checkAt) return;
    if (this.#toCheck.length === 0) this.#toCheck = [...this.#interception.pods];
    const count = this.#toCheck.length;
    const pod = this.#toCheck.pop();
    if (pod !== undefined) await this.#interception.check(pod);
    this.#checkAt = performance.now() + Math.max(CHECK_MILLIS, SWEEP_MILLIS_MIN / Math.max(1, count));
  }

  #record(): void {
    const { stateDirectory } = this.#options;
    const { current, retiring } = this.#keeper;
    const state = {
      envoy: current?.state ?? null,
      retiring: retiring?.envoy.state ?? null,
      settings: this.#interception.settings,
      pods: [...this.#interception.pods].map(
        ({ inForce, namespacePath, namespaceId, isReleased, isLetGo }) => ({
          namespaceId,
          pod: { ...inForce, networkNamespacePath: namespacePath },
          ...(isReleased ? { released: true } : {}),
          ...(isLetGo ? { letGo: true } : {}),
        }),
      ),
    };
    const text = JSON.stringify(state);
    if (text !== this.#written.state) writeState(join(stateDirectory, STATE_FILE), state);
    const status = this.#status();
    const told = JSON.stringify({ ...status, writtenAt: '' });
    if (told !== this.#written.status) writeStatus(join(stateDirectory, STATUS_FILE), status);
    this.#written = { state: text, status: told };
  }

  #status(): AgentStatus {
    return statusOf({
      keeper: this.#keeper,
      pods: this.#interception.pods,
      left: this.#interception.left,
      tableTrouble: this.#tableTrouble,
      hasTable: this.#interception.settings !== null,
      revision: this.#interception.revision,
    });
  }
}

/** What only Envoy's configuration knows to be wrong. @throws EnvoyConfigError ENVOY_OPTION */
function demandMeaning({ settings, pods }: AgentTable): void {
  const [redirectPort] = REDIRECT_PORTS;
  nodeConfig({
    settings: { ...settings, redirectPort },
    pods: pods.flatMap((pod) => {
      const { hostNetwork, exemptSources: _, networkNamespacePath, ...rest } = pod;
      return hostNetwork || networkNamespacePath === null ? [] : [{ ...rest, networkNamespacePath }];
    }),
  });
}
