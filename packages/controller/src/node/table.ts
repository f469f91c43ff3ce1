/** The node agent's table: what was planned, with what only the node knows. */
import { join } from 'node:path';
import { type InterceptedPod, type NodeSettings, nodeConfig } from '@sluice/envoy-config';
import { z } from 'zod';
import { digestOfJson } from '../canonical-json.ts';
import { reasonOf } from '../errors.ts';
import type { NodePlan, PlannedPod } from '../plan/plan.ts';

/** What the operator says of the node's table (docs/interception.md). */
export type TableSettings = Omit<NodeSettings, 'redirectPort' | 'originalSourceMark' | 'trustedProxies'> & {
  readonly originalSourceMark?: number;
};

export type TablePod = Omit<InterceptedPod, 'networkNamespacePath'> & {
  readonly hostNetwork: boolean;
  readonly networkNamespacePath: string | null;
  readonly exemptSources: readonly string[];
};

export interface WrittenTable {
  readonly revision: string;
  readonly pods: ReadonlyMap<string, TablePod>;
}

const REVISION_CHARACTERS = 16;

/** @param keyFolder of a Secret by `namespace/name`; null where there is no key */
export function tablePod(
  { ports, ...pod }: PlannedPod,
  networkNamespacePath: string | null,
  keyFolder: (secret: string) => string | null,
): TablePod {
  return {
    ...pod,
    networkNamespacePath,
    ports: ports.map(({ tlsSecret, ...port }) => {
      const folder = tlsSecret === undefined ? null : keyFolder(tlsSecret);
      if (folder === null) return port;
      const tls = { certificateChainPath: join(folder, 'tls.crt'), privateKeyPath: join(folder, 'tls.key') };
      return { ...port, tls };
    }),
  };
}

/** Names of policies that a pod and its ports have. */
export const policiesOf = (pod: Pick<TablePod, 'policy' | 'ports'>): readonly string[] => [
  pod.policy,
  ...pod.ports.flatMap(({ policy }) => (policy === undefined ? [] : [policy.name])),
];

/** Folders of keys that a pod's ports name. */
export const keyPathsOf = (pod: Pick<TablePod, 'ports'>): readonly string[] =>
  pod.ports.flatMap(({ tls }) => (tls === undefined ? [] : [tls.privateKeyPath]));

/** What Envoy's configuration says against a pod; empty where nothing. The agent would refuse the whole table for it. */
export function faultOf(pod: TablePod, settings: TableSettings): string {
  const { hostNetwork, networkNamespacePath, exemptSources: _, ...rest } = pod;
  if (hostNetwork || networkNamespacePath === null) return '';
  try {
    nodeConfig({
      settings: { redirectPort: 15_006, originalSourceMark: 1_338, ...settings },
      pods: [{ ...rest, networkNamespacePath }],
    });
    return '';
  } catch (error) {
    return reasonOf(error);
  }
}

export function tableText(
  settings: TableSettings,
  { trustedProxies }: Pick<NodePlan, 'trustedProxies'>,
  pods: readonly TablePod[],
): { readonly text: string; readonly revision: string } {
  const sorted = [...pods].sort((a, b) => (a.uid < b.uid ? -1 : 1));
  const table = { settings: { ...settings, trustedProxies }, pods: sorted };
  const revision = digestOfJson(table).slice(0, REVISION_CHARACTERS);
  return { revision, text: `${JSON.stringify({ revision, ...table }, null, 1)}\n` };
}

const writtenSchema = z.looseObject({
  revision: z.string(),
  pods: z.array(
    z.looseObject({
      uid: z.string(),
      policy: z.string(),
      networkNamespacePath: z.string().nullable(),
      ports: z.array(z.looseObject({ number: z.number() })),
    }),
  ),
});

/** What a table says that was written here; null for any other. */
export function writtenTable(text: string | null): WrittenTable | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    const { revision } = writtenSchema.parse(value);
    const { pods } = value as { readonly pods: readonly TablePod[] };
    return { revision, pods: new Map(pods.map((pod) => [pod.uid, pod])) };
  } catch {
    // Somebody else's: it is replaced whole.
    return null;
  }
}
