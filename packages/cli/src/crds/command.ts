/** `sluice crds`, as the command line calls it. */
import { ApiClient } from '@sluice/controller/cluster/client';
import { loadKubeconfig } from '@sluice/controller/cluster/kubeconfig';
import { definitions, installDefinitions } from '@sluice/controller/install';
import { yamlOf } from '@sluice/controller/kinds/crd';

export interface CrdsPrintFlags {
  readonly calico?: true;
}

export interface CrdsApplyFlags extends CrdsPrintFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
}

interface Output {
  write(text: string): unknown;
}

export function runCrdsPrint({ calico }: CrdsPrintFlags, stdout: Output): void {
  for (const definition of definitions({ calico: calico === true }))
    stdout.write(`---\n${yamlOf(definition)}`);
}

/** @throws ControllerError as loadKubeconfig and installDefinitions */
export async function runCrdsApply({ calico, ...choice }: CrdsApplyFlags, stdout: Output): Promise<void> {
  const client = new ApiClient(loadKubeconfig(choice));
  try {
    const { applied, left } = await installDefinitions(client, { calico: calico === true });
    for (const name of applied) stdout.write(`${name} applied\n`);
    for (const { what, because, instead } of left) {
      stdout.write(`${what} left as it is: ${because}.\n  Instead: ${instead}.\n`);
    }
  } finally {
    client.close();
  }
}
