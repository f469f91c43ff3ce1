/** The alerts of a hub, for those who ask it. */

import type { Meant, PreviewRequest } from '../alerts/desk.ts';
import {
  type AlertsAnswer,
  acknowledgedSchema,
  alertsSchema,
  type DeliveriesAnswer,
  deliveriesSchema,
  type OneAlertAnswer,
  oneAlertSchema,
  type PreviewAnswer,
  previewSchema,
  silencedSchema,
} from '../api/answers-alerts.ts';
import { type HubAddress, HubConnection } from './connection.ts';

/** Its methods reject with what the hub refused: HUB_NOT_FOUND, ALERT_INVALID, QUERY_SYNTAX, HUB_UNAUTHORIZED, STORE_UNAVAILABLE. */
export class AlertsClient {
  readonly #connection: HubConnection;

  /** @throws ShipperError SHIPPER_OPTION, SINK_FILE */
  constructor(address: HubAddress) {
    this.#connection = new HubConnection(address);
  }

  list(): Promise<AlertsAnswer> {
    return this.#connection.get('/v1/alerts', alertsSchema);
  }

  show(name: string): Promise<OneAlertAnswer> {
    return this.#connection.get(`/v1/alerts/one/${encodeURIComponent(name)}`, oneAlertSchema);
  }

  /** @returns how many */
  async acknowledge(meant: Meant): Promise<number> {
    return (await this.#connection.post('/v1/alerts/acknowledge', acknowledgedSchema, meant)).acknowledged;
  }

  /** @returns until when, ISO 8601 */
  async silence(meant: Meant, seconds: number): Promise<string> {
    return (await this.#connection.post('/v1/alerts/silence', silencedSchema, { ...meant, seconds })).until;
  }

  /** @param size at most */
  deliveries(size: number, alert?: string): Promise<DeliveriesAnswer> {
    const query = new URLSearchParams({ size: String(size), ...(alert === undefined ? {} : { alert }) });
    return this.#connection.get(`/v1/alerts/deliveries?${query}`, deliveriesSchema);
  }

  preview(request: PreviewRequest): Promise<PreviewAnswer> {
    return this.#connection.post('/v1/alerts/preview', previewSchema, request);
  }

  close(): void {
    this.#connection.target.close();
  }
}
