/** Nodes, told that nothing is selected any more; and what they say of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, isObject } from '../apply/api.ts';
import { collectionPath, SLUICE_NODES } from '../apply/resources.ts';
import { UninstallError } from './errors.ts';
import { LOOK_MILLIS, NAMES_TOLD_MAX } from './limits.ts';
import { ask, list, nameOf } from './requests.ts';

type Json = Readonly<Record<string, unknown>>;

const NODES = collectionPath(SLUICE_NODES, '');

const selected = ({ spec }: Json): number =>
  isObject(spec) && Array.isArray(spec.pods) ? spec.pods.length : 0;

/** Whether the node says that it does what the newest spec asks for. */
function isInForce({ metadata, status }: Json): boolean {
  const generation = isObject(metadata) ? metadata.generation : undefined;
  const observed = isObject(status) ? status.observedGeneration : undefined;
  return typeof generation === 'number' && typeof observed === 'number' && observed >= generation;
}

/**
 * Policies stay: a server goes on answering whoever still asks it.
 *
 * @returns names of the nodes that had something selected, or have not said yet that they have nothing
 * @throws ControllerError KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED
 */
export async function selectNothing(api: Api, signal: AbortSignal): Promise<readonly string[]> {
  const waiting: string[] = [];
  for (const node of await list(api, NODES)) {
    signal.throwIfAborted();
    const name = nameOf(node);
    if (selected(node) > 0) {
      await ask(api, {
        method: 'PATCH',
        path: `${NODES}/${encodeURIComponent(name)}`,
        body: { spec: { pods: [] } },
        contentType: 'application/merge-patch+json',
      });
    } else if (isInForce(node)) continue;
    waiting.push(name);
  }
  return waiting;
}

/**
 * Resolves when all of them say that nothing is selected; one whose SluiceNode somebody deletes is not waited for.
 * @throws UninstallError UNINSTALL_NODES
 */
export async function released(
  api: Api,
  names: readonly string[],
  {
    until,
    seconds,
    signal,
  }: { readonly until: number; readonly seconds: number; readonly signal: AbortSignal },
): Promise<void> {
  for (;;) {
    const asked = new Set(names);
    const late = (await list(api, NODES))
      .filter((node) => asked.has(nameOf(node)) && !(selected(node) === 0 && isInForce(node)))
      .map(nameOf);
    if (late.length === 0) return;
    if (performance.now() >= until) {
      const told = late.slice(0, NAMES_TOLD_MAX).join(', ');
      const more = late.length > NAMES_TOLD_MAX ? ` and ${late.length - NAMES_TOLD_MAX} more` : '';
      throw new UninstallError('UNINSTALL_NODES', { seconds, nodes: `${told}${more}` });
    }
    await sleep(LOOK_MILLIS, undefined, { signal });
  }
}
