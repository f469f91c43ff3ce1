/** What all commands that look into a cluster have in common: which cluster, which namespace, as whom. */
import { ApiClient, loadKubeconfig } from '@sluice/controller';
import type { Command } from 'commander';

export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
}

export interface Output {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: { write(text: string): unknown };
  readonly variables: NodeJS.ProcessEnv;
}

export interface ClusterSession {
  readonly api: ApiClient;
  /** Of the kubeconfig's context, where no other is named. */
  readonly namespace: string;
}

/** Where kubectl looks, too. */
export const clusterOptions = (command: Command): Command =>
  command
    .option('-n, --namespace <name>', 'namespace')
    .option('--kubeconfig <file>', 'which cluster, as whom (KUBECONFIG, ~/.kube/config)')
    .option('--context <name>', 'of the kubeconfig, instead of the current one');

/** Reaches nobody yet. @throws ControllerError KUBECONFIG_ABSENT, KUBECONFIG_INVALID */
export function openCluster({ kubeconfig, context, namespace }: ClusterFlags): ClusterSession {
  const config = loadKubeconfig({
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  });
  const ofContext = config.getContextObject(config.currentContext)?.namespace ?? 'default';
  return { api: new ApiClient(config), namespace: namespace ?? ofContext };
}
