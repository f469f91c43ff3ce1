/** Which cluster, and as whom: a file that is named, $KUBECONFIG, the service account of a pod, ~/.kube/config, in this order. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { ControllerError } from '../errors.ts';

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

export interface KubeconfigChoice {
  /** Path of a kubeconfig. */
  readonly kubeconfig?: string;
  /** Name of one of its contexts; its current one where absent. */
  readonly context?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ControllerError KUBECONFIG_ABSENT, KUBECONFIG_INVALID */
export function loadKubeconfig(
  { kubeconfig, context }: KubeconfigChoice = {},
  environment: Environment = process.env,
): KubeConfig {
  const config = new KubeConfig();
  const source = load(config, kubeconfig, environment);
  if (context !== undefined) config.setCurrentContext(context);
  check(config, source);
  return config;
}

/** @returns where it comes from */
function load(config: KubeConfig, named: string | undefined, environment: Environment): string {
  const listed = (environment.KUBECONFIG ?? '').split(':').filter((path) => path !== '');
  const paths = named === undefined ? listed : [named];
  if (paths.length > 0) {
    for (const path of paths) mergeFile(config, path);
    return paths.join(':');
  }
  if (environment.KUBERNETES_SERVICE_HOST !== undefined && existsSync(SERVICE_ACCOUNT_TOKEN)) {
    config.loadFromCluster();
    return SERVICE_ACCOUNT_TOKEN;
  }
  const home = join(environment.HOME ?? '', '.kube/config');
  if (!existsSync(home)) throw new ControllerError('KUBECONFIG_ABSENT');
  mergeFile(config, home);
  return home;
}

/** Of several files the first one that names something is right, as kubectl has it. */
function mergeFile(config: KubeConfig, path: string): void {
  const part = new KubeConfig();
  try {
    part.loadFromFile(path);
  } catch (error) {
    throw new ControllerError('KUBECONFIG_INVALID', { path, reason: String(error) }, error);
  }
  const lacks = <T extends { readonly name: string }>(known: readonly T[], { name }: T): boolean =>
    !known.some((one) => one.name === name);
  config.clusters = [...config.clusters, ...part.clusters.filter((one) => lacks(config.clusters, one))];
  config.users = [...config.users, ...part.users.filter((one) => lacks(config.users, one))];
  config.contexts = [...config.contexts, ...part.contexts.filter((one) => lacks(config.contexts, one))];
  config.currentContext ??= part.currentContext;
}

function check(config: KubeConfig, path: string): void {
  const refuse = (reason: string): never => {
    throw new ControllerError('KUBECONFIG_INVALID', { path, reason });
  };
  const name = config.currentContext;
  if (!name) refuse('it has no current context');
  if (config.getContextObject(name) === null) refuse(`it has no context ${name}`);
  const cluster = config.getCurrentCluster();
  if (cluster === null) refuse(`the context ${name} names a cluster that it does not have`);
  if (config.getCurrentUser() === null) refuse(`the context ${name} names a user that it does not have`);
  if (!URL.canParse(cluster?.server ?? '')) refuse(`${cluster?.server} is no address of a server`);
}
