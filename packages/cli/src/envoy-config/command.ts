/** `sluice envoy config`, as the command line calls it. */
import {
  type BodyProfile,
  type DataPath,
  DEFAULTS,
  envoyGatewayObjects,
  envoyGatewayProcessor,
  type GuardPolicy,
  istioFilter,
  istioProvider,
  type Json,
  type NamedPolicy,
  type PathTreatment,
  proxyBootstrap,
} from '@sluice/envoy-config';
import { type Config, loadConfig, type PolicyConfig } from '@sluice/server/config';
import { stringify } from 'yaml';
import { CallError } from './errors.ts';
import { writeNode } from './node.ts';
import { parseHostPort, parseLabels, parseService, parseTarget, wholeNumber } from './values.ts';

export interface EnvoyConfigFlags {
  readonly for: 'proxy' | 'node' | 'envoy-gateway' | 'istio' | 'istio-provider';
  readonly config?: string;
  readonly policy: string;
  readonly mode?: 'off' | 'detect' | 'block';
  readonly unavailable?: 'closed' | 'open';
  readonly socket?: readonly string[];
  readonly listen: string;
  readonly upstream?: string;
  readonly admin: string;
  readonly paths?: 'as-sent' | 'normalised' | 'strict';
  readonly upgrade?: readonly string[];
  readonly table?: string;
  readonly out?: string;
  readonly service?: string;
  readonly target?: string;
  readonly gateway?: string;
  readonly listener?: readonly string[];
  readonly dataPath: DataPath;
  readonly profile?: BodyProfile;
  readonly responses?: true;
  readonly namespace?: string;
  readonly label?: readonly string[];
  readonly context: 'SIDECAR_INBOUND' | 'GATEWAY';
  readonly maxRequestBytes?: string;
  readonly verdictMillis?: string;
  readonly statusOnError?: string;
  readonly accessLog?: string;
  readonly json?: true;
}

export interface EnvoyConfigEnvironment {
  readonly stdout: { write(text: string): unknown };
}

const DEFAULT_SOCKET = '/run/sluice/sluice.sock';

/** @throws CallError for what the command line lacks, and the coded errors of @sluice/envoy-config and of sluice.yaml */
export function runEnvoyConfig(flags: EnvoyConfigFlags, { stdout }: EnvoyConfigEnvironment): void {
  const documents = documentsFor(flags);
  if (documents.length === 0) return;
  if (flags.json) {
    const [only] = documents;
    stdout.write(`${JSON.stringify(documents.length === 1 ? only : documents, null, 2)}\n`);
    return;
  }
  stdout.write(
    documents.map((document) => stringify(document, { aliasDuplicateObjects: false })).join('---\n'),
  );
}

function documentsFor(flags: EnvoyConfigFlags): readonly Json[] {
  switch (flags.for) {
    case 'proxy':
      return [proxy(flags)];
    case 'node':
      return writeNode(need('--table', flags.table), flags.out);
    case 'envoy-gateway':
      return gateway(flags);
    case 'istio':
      return istioFilter(istioOptions(flags));
    case 'istio-provider':
      return istioProvider(istioOptions(flags));
  }
}

/** @throws CallError ENVOY_CALL */
function need(option: string, value: string | undefined): string {
  if (value === undefined) throw new CallError('ENVOY_CALL', { option, reason: 'it is needed here' });
  return value;
}

interface Policy {
  readonly policy: NamedPolicy;
  readonly config: Config | null;
}

const MODES = { off: 'Off', detect: 'Detect', block: 'Block' } as const;
const UNAVAILABLE = { closed: 'Closed', open: 'Open' } as const;

/** What the command line says has the last word. */
function policyOf(flags: EnvoyConfigFlags): Policy {
  const { config: path, policy: name, mode, unavailable } = flags;
  const config = path === undefined ? null : loadConfig(path);
  const found = config?.policies[name];
  if (config !== null && found === undefined) {
    const known = Object.keys(config.policies).join(', ');
    throw new CallError('ENVOY_CALL', { option: '--policy', reason: `${path} has ${known}, and no ${name}` });
  }
  const policy = {
    name,
    mode: mode === undefined ? (found?.mode ?? 'Detect') : MODES[mode],
    unavailable: unavailable === undefined ? (found?.unavailable ?? 'Closed') : UNAVAILABLE[unavailable],
    ...streamOf(flags, found),
  };
  if (policy.mode === 'Block' && found?.upgrades === 'Deny' && flags.upgrade !== undefined) {
    const reason = `${path} denies upgrades for the policy ${name}`;
    throw new CallError('ENVOY_CALL', { option: '--upgrade', reason });
  }
  return { policy, config };
}

/**
 * What only a stream has: of the command line, else of the policy's own configuration.
 *
 * @throws CallError ENVOY_CALL where the command line says it of ext_authz, or the policy asks for what ext_authz does not see
 */
function streamOf(
  { dataPath, profile, responses }: EnvoyConfigFlags,
  found: PolicyConfig | undefined,
): Partial<GuardPolicy> {
  if (dataPath === 'ext_authz') {
    const reason = 'it is for --data-path ext_proc';
    if (profile !== undefined) throw new CallError('ENVOY_CALL', { option: '--profile', reason });
    if (responses === true) throw new CallError('ENVOY_CALL', { option: '--responses', reason });
    if (found?.responses.inspect === true) {
      const unseen = 'the policy inspects responses, which only ext_proc shows';
      throw new CallError('ENVOY_CALL', { option: '--data-path', reason: unseen });
    }
    return { dataPath };
  }
  const body = profile ?? found?.profile;
  const inspects = responses ?? found?.responses.inspect ?? false;
  return {
    dataPath,
    ...(body === undefined ? {} : { profile: body }),
    ...(inspects ? { responses: true } : {}),
  };
}

/** Settings that everything has. */
const common = (flags: EnvoyConfigFlags) => ({
  maxRequestBytes: wholeNumber('--max-request-bytes', flags.maxRequestBytes) ?? DEFAULTS.maxRequestBytes,
  verdictMillis: wholeNumber('--verdict-millis', flags.verdictMillis) ?? DEFAULTS.verdictMillis,
  statusOnError: wholeNumber('--status-on-error', flags.statusOnError) ?? DEFAULTS.statusOnError,
});

const PATHS: Readonly<Record<'as-sent' | 'normalised' | 'strict', PathTreatment>> = {
  'as-sent': 'AsSent',
  normalised: 'Normalised',
  strict: 'Strict',
};

function proxy(flags: EnvoyConfigFlags): Json {
  const { policy, config } = policyOf(flags);
  const { host, port } = parseHostPort('--listen', flags.listen);
  return proxyBootstrap({
    ...common(flags),
    accessLog: flags.accessLog ?? null,
    admin: parseHostPort('--admin', flags.admin),
    sluiceSockets: flags.socket ?? socketsOf(config),
    listeners: [
      {
        name: 'workload',
        host,
        port,
        upstream: parseHostPort('--upstream', need('--upstream', flags.upstream)),
        policy,
        ...(flags.paths === undefined ? {} : { paths: PATHS[flags.paths] }),
        ...(flags.upgrade === undefined ? {} : { upgrades: flags.upgrade }),
      },
    ],
  });
}

function socketsOf(config: Config | null): readonly string[] {
  const sockets = config?.listen.flatMap((address) => (address.kind === 'unix' ? [address.path] : [])) ?? [];
  return sockets.length === 0 ? [DEFAULT_SOCKET] : sockets;
}

function gateway(flags: EnvoyConfigFlags): readonly Json[] {
  const target = parseTarget('--target', need('--target', flags.target));
  const name = target.kind === 'Gateway' ? (flags.gateway ?? target.name) : need('--gateway', flags.gateway);
  const options = {
    ...common(flags),
    policy: policyOf(flags).policy,
    service: parseService('--service', need('--service', flags.service)),
    target,
    gateway: { name, listeners: flags.listener ?? ['http'] },
  };
  return flags.dataPath === 'ext_proc' ? envoyGatewayProcessor(options) : envoyGatewayObjects(options);
}

const istioOptions = (flags: EnvoyConfigFlags) => ({
  ...common(flags),
  policy: policyOf(flags).policy,
  service: parseService('--service', need('--service', flags.service)),
  namespace: need('--namespace', flags.namespace),
  labels: parseLabels('--label', flags.label ?? []),
  context: flags.context,
});
