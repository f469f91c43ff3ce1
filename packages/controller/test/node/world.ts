/** A node without a cluster: what the API server, the server and the agent would do, in memory, over a real folder. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseConfig } from '@sluice/server/config';
import { ControllerError } from '../../src/errors.ts';
import type { AgentState, AgentView } from '../../src/node/agent-state.ts';
import { ruleFilesOf, writtenIn } from '../../src/node/configuration.ts';
import type { NodeFeed, ToldPlan } from '../../src/node/feed.ts';
import { LinkedNamespaces } from '../../src/node/namespaces/links.ts';
import type { NamespaceResolver } from '../../src/node/namespaces/resolver.ts';
import type { NodeApi } from '../../src/node/node-api.ts';
import type { JudgedProbeFacts, ServerState, ServerView } from '../../src/node/server-state.ts';
import { NodeSync } from '../../src/node/sync.ts';
import { policiesOf, writtenTable } from '../../src/node/table.ts';
import type { NodeReport } from '../../src/plan/node-report.ts';
import type { NodePlan, PlannedPod, PlannedPolicy, Workload } from '../../src/plan/plan.ts';
import { policyData, policyDigest } from '../../src/policy-content.ts';

export const policy = (name: string, change: Partial<PlannedPolicy> = {}): PlannedPolicy => ({
  name,
  settings: { mode: 'Block' },
  before: [],
  after: [],
  ...change,
});

export const withRule = (name: string, id: number): PlannedPolicy =>
  policy(name, {
    after: [{ source: `shop/rules`, text: `SecRule ARGS "@contains evil${id}" "id:${id},phase:2,deny"\n` }],
  });

export const pod = (name: string, change: Partial<PlannedPod> = {}): PlannedPod => ({
  namespace: 'shop',
  name,
  uid: `uid-${name}`,
  hostNetwork: false,
  ipFamilies: ['IPv4'],
  policy: 'shop/web',
  mode: 'Block',
  unavailable: 'Closed',
  ports: [{ number: 8080, protocol: 'http' }],
  exemptSources: [],
  ...change,
});

/** What may never be seen, at whatever moment one looks. @returns what is wrong; empty where nothing is */
export function faultsOf(directory: string): readonly string[] {
  const faults: string[] = [];
  const read = (name: string): string | null => {
    const path = join(directory, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : null;
  };
  const text = read('sluice.yaml');
  const config = writtenIn(text);
  if (text !== null && config === null) faults.push('sluice.yaml is not whole');
  if (text !== null) parseConfig(text, join(directory, 'sluice.yaml'));
  for (const entry of config?.entries.values() ?? []) {
    for (const path of ruleFilesOf(entry)) {
      if (!existsSync(join(directory, path))) faults.push(`no rule file ${path}`);
      else if (!readFileSync(join(directory, path), 'utf8').endsWith('\n')) faults.push(`${path} is cut`);
    }
  }
  const tableText = read('table.json');
  const table = writtenTable(tableText);
  if (tableText !== null && table === null) faults.push('table.json is not whole');
  for (const each of table?.pods.values() ?? []) {
    for (const name of policiesOf(each))
      if (!config?.entries.has(name))
        faults.push(`the table names ${name}, and sluice.yaml does not have it`);
    for (const { tls } of each.ports) {
      for (const path of tls === undefined ? [] : [tls.certificateChainPath, tls.privateKeyPath])
        if (!existsSync(path)) faults.push(`no key ${path}`);
    }
  }
  const workloads = read('workloads.ndjson');
  if (workloads !== null && !workloads.endsWith('\n')) faults.push('workloads.ndjson is cut');
  return faults;
}

export class FakeFeed implements NodeFeed {
  plan: ToldPlan | null = null;
  list: readonly Workload[] | null = null;
  trouble = '';
  start(): void {}
  stop(): Promise<void> {
    return Promise.resolve();
  }
  onChange(): void {}
  told(): ToldPlan | null {
    return this.plan;
  }
  workloads(): readonly Workload[] | null {
    return this.list;
  }
  problem(): string {
    return this.trouble;
  }
}

export class FakeApi implements NodeApi {
  readonly policies = new Map<string, Readonly<Record<string, string>>>();
  readonly secrets = new Map<string, Readonly<Record<string, string>>>();
  readonly reports: NodeReport[] = [];
  isDown = false;
  asked = 0;

  add(content: PlannedPolicy): { readonly name: string; readonly digest: string } {
    const digest = policyDigest(content);
    this.policies.set(digest, policyData(content));
    return { name: content.name, digest };
  }

  #answer<T>(value: T): Promise<T> {
    this.asked++;
    return this.isDown
      ? Promise.reject(new ControllerError('KUBERNETES_UNREACHABLE', { reason: 'down' }))
      : Promise.resolve(value);
  }

  policy(digest: string): Promise<Readonly<Record<string, string>> | null> {
    return this.#answer(this.policies.get(digest) ?? null);
  }
  secret(namespace: string, name: string): Promise<unknown> {
    return this.#answer(this.secrets.get(`${namespace}/${name}`) ?? null);
  }
  report(_node: string, report: NodeReport): Promise<boolean> {
    this.reports.push(report);
    return this.#answer(true);
  }
}

/** Takes over what it sees in sluice.yaml, but for what it is told to refuse. */
export class FakeServer implements ServerView {
  readonly #path: string;
  revision: string | null = null;
  isUp = true;
  isFast = true;
  /** Text of a rule file, or of sluice.yaml, that makes it refuse, with its words. */
  refuses: ((text: string) => string | null) | null = null;
  judged: JudgedProbeFacts[] = [];
  refused: ServerState['refused'] = null;

  constructor(path: string) {
    this.#path = path;
  }

  state(): Promise<ServerState> {
    const problem = this.isUp ? '' : 'the server does not answer';
    if (this.isUp && this.isFast) this.reload();
    const revision = this.isUp ? this.revision : null;
    return Promise.resolve({ revision, refused: this.refused, ruleSetVersion: 'v1', problem });
  }

  reload(): void {
    const text = existsSync(this.#path) ? readFileSync(this.#path, 'utf8') : null;
    const written = writtenIn(text);
    if (written === null || text === null) return;
    const files = [...written.entries.values()].flatMap(ruleFilesOf);
    const texts = files.map((file) => `${file}\n${readFileSync(join(dirname(this.#path), file), 'utf8')}`);
    const reason = this.refuses?.([text, ...texts].join('\n')) ?? null;
    if (reason !== null) this.refused = { revision: written.revision, reason };
    else {
      this.revision = written.revision;
      this.refused = null;
    }
  }

  probes(): Promise<readonly JudgedProbeFacts[]> {
    return Promise.resolve(this.judged);
  }
}

/** Takes over the table that it sees, and has everybody intercepted. */
export class FakeAgent implements AgentView {
  readonly #path: string;
  isFast = true;
  problem = '';
  #state: AgentState = { revision: '', problem: '', pods: new Map() };

  constructor(path: string) {
    this.#path = path;
  }

  state(): AgentState {
    if (this.isFast) this.take();
    return { ...this.#state, problem: this.problem };
  }

  take(): void {
    const table = writtenTable(existsSync(this.#path) ? readFileSync(this.#path, 'utf8') : null);
    if (table === null) return;
    const pods = [...table.pods.values()].map(({ uid, hostNetwork, ports }) => {
      const intercepted = !hostNetwork;
      const inspected = intercepted ? ports.map(({ number }) => number) : [];
      return [
        uid,
        { intercepted, reason: intercepted ? '' : 'NotSupported', message: '', inspected },
      ] as const;
    });
    this.#state = { revision: table.revision, problem: '', pods: new Map(pods) };
  }
}

export class NodeWorld {
  readonly root: string;
  readonly directory: string;
  readonly base: string;
  readonly feed = new FakeFeed();
  readonly api = new FakeApi();
  readonly server: FakeServer;
  readonly agent: FakeAgent;
  readonly lines: string[] = [];
  sync: NodeSync;
  isRuntimeDown = false;
  /** What the agent would say against a table. */
  tableFault: (table: string) => string = () => '';
  #generation = 0;

  /** @param root kept by whoever gives it */
  constructor(root = mkdtempSync(join(tmpdir(), 'sluice-node-')), probes = false) {
    this.root = root;
    this.directory = join(root, 'node');
    this.base = join(root, 'base.yaml');
    writeFileSync(this.base, 'admin: 127.0.0.1:0\nrules: {crs: false}\n');
    mkdirSync(join(root, 'netns'), { recursive: true });
    this.server = new FakeServer(join(this.directory, 'sluice.yaml'));
    this.agent = new FakeAgent(join(this.directory, 'table.json'));
    this.sync = this.restart(probes);
  }

  /** As another process would go on. */
  restart(probes = false): NodeSync {
    const log = { info: () => undefined, warn: (fields: object) => this.lines.push(JSON.stringify(fields)) };
    const { directory, base, feed, api, server, agent } = this;
    this.sync = new NodeSync({
      node: 'node-1',
      ...{ directory, base, feed, api, server, agent, probes },
      tableFault: (table) => this.tableFault(table),
      table: { sluiceSockets: ['/run/sluice/sluice.sock'] },
      namespaces: this.#namespaces(),
      log: { ...log, error: log.warn },
    });
    return this.sync;
  }

  #namespaces(): NamespaceResolver {
    const links = new LinkedNamespaces(join(this.root, 'netns'));
    return {
      resolve: (names) =>
        this.isRuntimeDown
          ? Promise.reject(new ControllerError('RUNTIME_UNREACHABLE', { socket: 'c.sock', reason: 'down' }))
          : links.resolve(names),
      close: () => links.close(),
    };
  }

  /** A pod's namespace is known from now on. */
  link(...names: readonly string[]): void {
    for (const name of names) writeFileSync(join(this.root, 'netns', `uid-${name}`), '');
  }

  plan(
    pods: readonly PlannedPod[],
    policies: readonly PlannedPolicy[],
    change: Partial<NodePlan> = {},
  ): void {
    const named = policies.map((each) => this.api.add(each));
    this.feed.plan = {
      generation: ++this.#generation,
      plan: { node: 'node-1', trustedProxies: [], pods, policies: named, ...change },
    };
  }

  read(name: string): string {
    return readFileSync(join(this.directory, name), 'utf8');
  }

  get policies(): Readonly<Record<string, { readonly mode: string; readonly ruleFiles: object }>> {
    return JSON.parse(this.read('sluice.yaml')).policies;
  }

  get table(): { readonly settings: object; readonly pods: readonly PlannedPod[] } {
    return JSON.parse(this.read('table.json'));
  }

  remove(): void {
    rmSync(this.root, { recursive: true });
  }
}
