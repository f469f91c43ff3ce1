/**
 * Where alerts are written: a folder of files beside the hub, or the objects of a cluster. The console knows neither by itself:
 * who starts it puts them in.
 */
import type { AlertDocument } from '@sluice/hub';
import type { ClusterPerson, Draft } from '../cluster/cluster.ts';
import type { Namespaces } from '../cluster/grants.ts';

export interface AlertKey {
  /** Null: it sees all of them. */
  readonly namespace: string | null;
  readonly name: string;
}

/** An alert as it is written. */
export interface AlertRule extends AlertKey {
  readonly kind: AlertDocument['kind'];
  /** YAML: of a file all that stands there, comments included. */
  readonly text: string;
  /** To be given back: what has changed meanwhile is not written over. */
  readonly version: string;
  /** A file, or `Alert shop/slow-client`. */
  readonly source: string;
  /** Why it is not changed from here; `''` where it can be. */
  readonly refused: string;
}

export type AlertChange =
  | { readonly kind: 'save'; readonly alert: AlertDocument; readonly text: string }
  | ({ readonly kind: 'remove' } & AlertKey);

/** Whatever fails is thrown as a coded error, of a cluster as cluster/cluster.ts says. */
export interface AlertPlace {
  /** @param person null: nobody whom the cluster knows, who sees what the console itself does */
  list(namespaces: Namespaces, person: ClusterPerson | null): Promise<readonly AlertRule[]>;
  draft(change: AlertChange, person: ClusterPerson | null): Promise<Draft>;
  /** @param version of the draft @returns sentences: what was done */
  apply(change: AlertChange, version: string, person: ClusterPerson | null): Promise<readonly string[]>;
}

export type AlertPlaceName = 'folder' | 'cluster';

export type AlertPlaces = Readonly<Partial<Record<AlertPlaceName, AlertPlace>>>;

export const keyOf = (change: AlertChange): AlertKey => (change.kind === 'save' ? change.alert : change);

/** `shop/slow-client`, as the hub calls it. */
export const nameOf = ({ namespace, name }: AlertKey): string =>
  namespace === null ? name : `${namespace}/${name}`;
