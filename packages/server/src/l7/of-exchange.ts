/** An exchange of ext_proc as the L7 view counts it: once, when its stream is over. */
import type { Coverage } from '../exchange-inspector.ts';
import type { ExchangeReport, ExchangeSetting } from '../ext-proc/core.ts';
import { kindOf } from '../ext-proc/kinds.ts';
import type { HeadersMessage } from '../ext-proc/messages.ts';
import type { L7Request } from './groups.ts';
import type { L7View } from './l7-view.ts';

export class L7Exchange {
  readonly #view: L7View;
  readonly #setting: ExchangeSetting;
  readonly #route: string;
  readonly #startMillis = performance.now();
  #report: ExchangeReport | null = null;
  #requestBytes = 0;
  #responseBytes = 0;
  #status = 0;
  #announcedBytes = 0;
  #latencyMicros = -1;
  /** What was counted. */
  #counted: L7Request | null = null;

  constructor(view: L7View, setting: ExchangeSetting, route: string | null) {
    this.#view = view;
    this.#setting = setting;
    this.#route = route ?? '';
  }

  /** The workload's. */
  response({ headers, endOfStream }: HeadersMessage): void {
    const { status, contentLength } = kindOf(headers);
    this.#status = status;
    this.#latencyMicros = (performance.now() - this.#startMillis) * 1_000;
    // Of HEAD and 304 the length is that of what does not come.
    if (!endOfStream) this.#announcedBytes = contentLength ?? 0;
  }

  /** The verdict. Detect lets go before it judges, so it can come behind the end. */
  judged(report: ExchangeReport): void {
    if (this.#counted === null) this.#report = report;
    else
      this.#view.addLate(this.#counted, report.metadata.wouldBlock, report.verdict.kind === 'uninspectable');
  }

  passed({ requestBytesSeen, responseBytesSeen }: Coverage): void {
    this.#requestBytes = requestBytesSeen;
    this.#responseBytes = responseBytesSeen;
  }

  /** @param isSettling its verdict is still to come */
  ended(isSettling: boolean): void {
    this.#counted = this.#request(isSettling);
    this.#view.add(this.#counted);
  }

  #request(isSettling: boolean): L7Request {
    const { attributes, policyName, peer } = this.#setting;
    const { server, client, method, uri } = attributes;
    const report = this.#report;
    const isBlocked = report?.decision.action === 'deny';
    return {
      policy: policyName,
      address: server.address,
      port: server.port,
      route: this.#route,
      client: client.address,
      isDirect: client.address === peer,
      method,
      target: uri,
      status: isBlocked ? report.decision.status : this.#status,
      isBlocked,
      wouldBlock: report?.metadata.wouldBlock === true,
      isUninspectable: report?.verdict.kind === 'uninspectable',
      isUnjudged: report === null && !isSettling,
      requestBytes: this.#requestBytes,
      responseBytes: isBlocked ? 0 : Math.max(this.#responseBytes, this.#announcedBytes),
      latencyMicros: this.#latencyMicros,
      inspectionMicros: report?.metadata.durationMicros ?? 0,
    };
  }
}
