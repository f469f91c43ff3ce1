/** What all commands of `sluice alerts` have in common: which hub, and where words go. */
import type { AlertsClient } from '@sluice/hub';
import { safeJson } from '../events/text.ts';
import { AlertsError } from './errors.ts';

export interface AlertsEnvironment {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly variables: NodeJS.ProcessEnv;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Whoever calls, as the hub is told. */
  readonly user: string;
  readonly connect: (url: string) => AlertsClient;
}

export interface HubFlags {
  readonly hub?: string;
  readonly json?: true;
}

/** @throws AlertsError ALERTS_NO_HUB */
export function chooseHub({ hub }: HubFlags, variables: NodeJS.ProcessEnv): string {
  const store = /^https?:/.test(variables.SLUICE_STORE ?? '') ? variables.SLUICE_STORE : '';
  const url = hub ?? (variables.SLUICE_HUB || store || '');
  if (url === '') throw new AlertsError('ALERTS_NO_HUB', { reason: 'none is named' });
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new AlertsError('ALERTS_NO_HUB', { reason: 'its address is neither http nor https' });
}

export async function withHub<T>(
  flags: HubFlags,
  { variables, connect }: AlertsEnvironment,
  use: (client: AlertsClient) => Promise<T>,
): Promise<T> {
  const client = connect(chooseHub(flags, variables));
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

export const printJson = ({ stdout }: AlertsEnvironment, value: unknown): void => {
  stdout.write(`${safeJson(value, 2)}\n`);
};
