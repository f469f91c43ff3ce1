/** As envoy-stack.ts, with Envoy asking in streams. */
import { writeFileSync } from 'node:fs';
import { type GuardPolicy, type Json, type ProxyOptions, proxyBootstrap } from '@sluice/envoy-config';
import { type EnvoyProcess, startEnvoy } from '../packages/cli/src/envoy/process.ts';
import { TemporaryDirectory } from '../packages/cli/src/envoy/temporary.ts';
import { type SluiceLaunch, SluiceProcess } from './envoy-stack.ts';
import { type StreamWorkload, startStreamWorkload } from './ext-proc-workload.ts';

/** Tests share their machine: no verdict may be late, whatever else it does. */
const VERDICT_MILLIS_MAX = 20_000;

/** Media types that the CRS does not know, and are no attack by themselves; and a look into bodies that it has no eye for. */
const RULES = `
SecAction "id:900220,phase:1,pass,nolog,t:none,\\
  setvar:'tx.allowed_request_content_type=|application/x-www-form-urlencoded| |multipart/form-data| |application/json| |application/octet-stream| |application/grpc|'"
SecRule REQUEST_BODY "@contains UNION SELECT" "id:10001,phase:2,deny,status:403,t:none"
`;

export interface StreamStackOptions {
  readonly mode?: GuardPolicy['mode'];
  readonly profile?: NonNullable<GuardPolicy['profile']>;
  readonly responses?: boolean;
  readonly maxRequestBytes?: number;
  /** More of the policy in sluice.yaml. */
  readonly policy?: Readonly<Record<string, unknown>>;
  /** More of its limits. */
  readonly limits?: Readonly<Record<string, number>>;
  /** More of sluice.yaml itself. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** In place of the rules above. */
  readonly rules?: string;
  readonly unavailable?: GuardPolicy['unavailable'];
  readonly launch?: SluiceLaunch;
  /** Time that Envoy gives Sluice for an answer. */
  readonly verdictMillis?: number;
  /** Where Envoy listens. Default: wherever it is free. */
  readonly port?: number;
  /** Changes Envoy's configuration, as a hand might. */
  readonly edit?: (bootstrap: string) => string;
}

export interface StreamStack {
  readonly workload: StreamWorkload;
  readonly sluice: SluiceProcess;
  readonly envoy: EnvoyProcess;
  readonly directory: TemporaryDirectory;
  /** Envoy's configuration. */
  readonly bootstrap: Json;
  /** sluice.yaml. */
  readonly configuration: string;
  /** The policy's rule file. */
  readonly rules: string;
  readonly port: number;
  readonly accessLog: string;
  stop(): Promise<void>;
}

export async function startStreamStack(options: StreamStackOptions = {}): Promise<StreamStack> {
  const { mode = 'Block', profile = 'streaming', responses = false, unavailable = 'Closed' } = options;
  const { port = 0 } = options;
  const { processes = 1 } = options.launch ?? {};
  const directory = new TemporaryDirectory('sluice-stream-test-');
  const socket = directory.join('0.sock');
  const rules = directory.join('before.conf');
  writeFileSync(rules, options.rules ?? RULES);
  const configuration = directory.join('sluice.yaml');
  const own = {
    mode,
    unavailable,
    profile,
    responses: { inspect: responses },
    ruleFiles: { before: [rules] },
    ...options.policy,
  };
  writeFileSync(
    configuration,
    JSON.stringify({
      listen: [`unix:${socket}`],
      admin: false,
      limits: { verdictMillisMax: VERDICT_MILLIS_MAX, callMillisMax: VERDICT_MILLIS_MAX, ...options.limits },
      policies: { default: own },
      ...options.config,
    }),
  );
  const sluice = new SluiceProcess(configuration, socket, true, options.launch);
  const workload = await startStreamWorkload();
  await sluice.ready();
  const policy = {
    name: 'default',
    mode,
    unavailable,
    dataPath: 'ext_proc',
    profile,
    responses,
  } as const;
  const proxy: ProxyOptions = {
    listeners: [
      { name: 'workload', host: '127.0.0.1', port, upstream: workload, policy, upgrades: ['websocket'] },
    ],
    // Several have a number each, in front of the extension.
    sluiceSockets:
      processes === 1
        ? [socket]
        : Array.from({ length: processes }, (_, index) => directory.join(`0-${index}.sock`)),
    verdictMillis: options.verdictMillis ?? VERDICT_MILLIS_MAX,
    accessLog: directory.join('access.log'),
    ...(options.maxRequestBytes === undefined ? {} : { maxRequestBytes: options.maxRequestBytes }),
  };
  const bootstrap: Json = JSON.parse(
    (options.edit ?? ((text) => text))(JSON.stringify(proxyBootstrap(proxy))),
  );
  const envoy = await startEnvoy({ bootstrap });
  return {
    workload,
    sluice,
    envoy,
    directory,
    bootstrap,
    configuration,
    rules,
    port: envoy.listener('workload').port,
    accessLog: directory.join('access.log'),
    async stop() {
      await envoy.stop();
      await sluice.kill('SIGKILL');
      await workload.close();
      directory.remove();
    },
  };
}
