/** Alerts as they are written, and where (docs: /v1/openapi.json has its own words). */
import { deskAt } from './workloads.ts';

export type AlertPlace = 'folder' | 'cluster';

interface AlertKey {
  readonly namespace: string | null;
  readonly name: string;
}

export interface AlertRule extends AlertKey {
  readonly place: AlertPlace;
  readonly kind: 'Alert' | 'GlobalAlert';
  readonly text: string;
  readonly version: string;
  readonly source: string;
  readonly refused: string;
  readonly acts: boolean;
}

export interface AlertRulesAnswer {
  readonly places: readonly AlertPlace[];
  readonly rules: readonly AlertRule[];
  readonly acts: boolean;
}

export type AlertChange =
  | {
      readonly kind: 'save';
      readonly place: AlertPlace;
      readonly text: string;
      readonly of: AlertKey | null;
    }
  | ({ readonly kind: 'remove'; readonly place: AlertPlace } & AlertKey);

export const ALERT_DESK = deskAt<AlertChange>('/api/alert-rules');

/** As the hub calls it. */
export const nameOf = ({ namespace, name }: AlertKey): string =>
  namespace === null ? name : `${namespace}/${name}`;
