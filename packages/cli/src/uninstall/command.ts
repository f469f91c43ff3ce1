/** `sluice uninstall`, as the command line calls it. */
import type { Log } from '@sluice/controller';
import { type Uninstalled, uninstall } from '@sluice/controller/uninstall';
import { type ClusterFlags, openCluster } from '../cluster/session.ts';

export interface UninstallFlags extends Omit<ClusterFlags, 'namespace'> {
  readonly namespace: string;
  readonly deployment: string;
  readonly leaseName: string;
  readonly drainSeconds: number;
  readonly timeoutSeconds: number;
}

interface Output {
  write(text: string): unknown;
}

/** @throws UninstallError, ControllerError */
export async function runUninstall(flags: UninstallFlags, stdout: Output, stderr: Output): Promise<void> {
  const { api } = openCluster(flags);
  const tell = (fields: object, message: string): void =>
    void stderr.write(`${message} ${JSON.stringify(fields)}\n`);
  const log: Log = { info: tell, warn: tell, error: tell };
  try {
    stdout.write(textOf(await uninstall({ ...flags, api, log })));
  } finally {
    api.close();
  }
}

function textOf({ nodes, removed, quarantined }: Uninstalled): string {
  const kept =
    quarantined.length === 0
      ? []
      : [
          `Still in quarantine, and no more let out by time: ${quarantined.join(', ')}.`,
          'Let them go with `sluice quarantine POD --undo`.',
        ];
  return `${[`${nodes.length} nodes have released what they intercepted; ${removed} objects removed.`, ...kept].join('\n')}\n`;
}
