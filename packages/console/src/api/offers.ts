/** Where judged exclusions are written in a cluster: which object, what the change would be, and why it cannot be made from here. */
import { CodedError } from '@sluice/engine/coded-error';
import { stringify } from 'yaml';
import type { Cluster, Draft, Exclude, PolicyHome } from '../cluster/cluster.ts';
import type { Judged } from '../policies/judged.ts';
import type { Destination } from '../policies/preview.ts';
import type { SignedIn } from './access.ts';
import { explained, mayAct, personOf, seesPolicy, textOf } from './acts.ts';

export interface Into {
  readonly change: Exclude;
  /** Where it is made; null: in all of the cluster. */
  readonly namespace: string | null;
}

/** Without one: what to do instead, in a sentence. */
export type Place = Into | { readonly instead: string };

/**
 * The WAFPolicy of the requests. What the cluster says of several namespaces is changed by who sees all of them; for others, and
 * where nothing says anything, a policy is made for the Service.
 *
 * @param destination null: of several requests
 */
export async function placeFor(
  { policy, exclusions }: Pick<Judged, 'policy' | 'exclusions'>,
  destination: Destination | null,
  { cluster, signedIn }: { readonly cluster: Cluster; readonly signedIn: SignedIn },
): Promise<Place> {
  const home = (await cluster.policies()).find((each) => each.policy === policy);
  const into = { change: { kind: 'exclude', policy, exclusions } as const };
  if (home !== undefined && isOwn(home)) {
    if (seesPolicy(signedIn, home)) return { ...into, namespace: home.namespace };
    return { instead: `You may not see the policy ${policy}: somebody who does can exclude` };
  }
  const isWide = home?.target.startsWith('ClusterWAFPolicy ') === true;
  if (isWide && mayAct(signedIn, null)) return { ...into, namespace: null };
  const { namespace = '', service = '' } = destination ?? {};
  if (namespace === '' || service === '') {
    const instead =
      destination === null
        ? `Nothing of a namespace says ${policy}, and which Service is meant is not told: begin at a single event, or put this into a WAFPolicy that you make for the Service`
        : 'Which Service it was for is not stored: put this into a WAFPolicy that holds for it';
    return { instead };
  }
  const name = service.includes('/') ? service : `${namespace}/${service}`;
  return { change: { kind: 'excludeAt', service: name, exclusions }, namespace };
}

const isOwn = ({ namespace }: PolicyHome): boolean => namespace !== null;

/** What nobody in the console can apply is shown all the same. @throws errors of the cluster that are none of the change */
export async function draftFor(
  judged: Pick<Judged, 'exclusions'>,
  place: Place,
  { cluster, signedIn }: { readonly cluster: Cluster; readonly signedIn: SignedIn },
): Promise<Draft> {
  const nothing = {
    ...{ target: '', diff: '', version: '', managedBy: [], notes: [] },
    yaml: stringify({ spec: { exclusions: judged.exclusions } }, { lineWidth: 0 }),
  };
  if ('instead' in place) return { ...nothing, refused: `${place.instead}.` };
  const may = mayAct(signedIn, place.namespace);
  try {
    const draft = await cluster.draft(place.change, may ? personOf(signedIn) : null);
    if (may) return explained(draft, signedIn);
    return {
      ...draft,
      refused: `It takes the right to change something in ${place.namespace ?? 'all of the cluster'}.`,
    };
  } catch (error) {
    if (!(error instanceof CodedError) || !String(error.code).startsWith('CHANGE_')) throw error;
    return { ...nothing, refused: textOf(error) };
  }
}
