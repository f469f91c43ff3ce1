/**
 * Answers ext_proc: a stream for each exchange, message for message. Every stream ends in answers to all of its messages,
 * in a denial, or in a status that is not OK.
 */
import { PROCESSOR_SERVICE } from '@sluice/envoy-config/contract';
import {
  fromStream,
  requireMode,
  type StreamContext,
  streamContext,
  textOf,
} from '../attributes-from-stream.ts';
import { ServerError } from '../errors.ts';
import type { EventKeeper } from '../event-keeper.ts';
import type { EventMaking } from '../event-outcome.ts';
import type { Coverage, ExchangeInspector } from '../exchange-inspector.ts';
import type { L7View } from '../l7/l7-view.ts';
import { L7Exchange } from '../l7/of-exchange.ts';
import type { ServerLimits } from '../limits.ts';
import { describeFault, type Log, LogThrottle } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { PoliciesInForce } from '../policies/in-force.ts';
import type { JudgedProbe, JudgedProbes } from '../probe/judged-probes.ts';
import type { RefusalEvents } from '../refusal-events.ts';
import { refusalOf } from '../transport/status.ts';
import type { DuplexCall, DuplexHandler, DuplexReceiver } from '../transport/transport.ts';
import { decodeProcessingRequest, type ProcessingRequest } from '../wire/processing-request.ts';
import type { Workloads } from '../workloads/workloads.ts';
import { Backlog } from './backlog.ts';
import { encodeReply, toMessage } from './codec.ts';
import type { ExchangeOutput, ExchangeReport, ExchangeSetting } from './core.ts';
import { Exchange } from './exchange.ts';
import type { StreamMessage, StreamReply } from './messages.ts';

export const PROCESS_PATH = `/${PROCESSOR_SERVICE}/Process`;

export interface ProcessParts {
  readonly policies: PoliciesInForce;
  readonly limits: ServerLimits;
  readonly inspector: ExchangeInspector;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly events: EventKeeper;
  /** Of this process. */
  readonly refusals: RefusalEvents;
  /** Without it nobody counts. */
  readonly l7?: L7View | null;
  /** Without it nobody knows who stands behind an address. */
  readonly workloads?: Workloads | null;
  /** Without it nobody asks what became of a probe. */
  readonly probes?: JudgedProbes;
}

/** Lines about inspectors that failed: ten in ten seconds. */
const LOG_LINES_MAX = 10;
const LOG_PERIOD_MILLIS = 10_000;

/** What all streams share. */
class ProcessService {
  readonly parts: ProcessParts;
  readonly backlog: Backlog;
  readonly failureThrottle = new LogThrottle(LOG_LINES_MAX, LOG_PERIOD_MILLIS);

  constructor(parts: ProcessParts) {
    this.parts = parts;
    this.backlog = new Backlog(parts.limits.backlogTotalBytesMax);
  }

  /** @throws ServerError STREAM_CONTEXT_INVALID */
  receiver(call: DuplexCall): DuplexReceiver {
    return new Stream(
      this,
      call,
      streamContext((name) => call.metadata(name)),
    );
  }
}

class Stream implements DuplexReceiver, ExchangeOutput {
  readonly #service: ProcessService;
  readonly #call: DuplexCall;
  readonly #context: StreamContext;
  #exchange: Exchange | null = null;
  #policyName = '';
  #l7: L7Exchange | null = null;
  /** Null where the request is none. */
  #probe: Pick<JudgedProbe, 'name' | 'address' | 'port'> | null = null;

  constructor(service: ProcessService, call: DuplexCall, context: StreamContext) {
    this.#service = service;
    this.#call = call;
    this.#context = context;
  }

  /**
   * @throws ServerError WIRE_MALFORMED, WIRE_LIMIT, STREAM_MODE, EXCHANGE_ORDER, CHECK_INCOMPLETE, POLICY_UNKNOWN,
   *   DESTINATION_UNKNOWN
   */
  message(bytes: Uint8Array): void {
    const received = decodeProcessingRequest(bytes, this.#service.parts.limits.headerLinesMax);
    const message = toMessage(received);
    this.#exchange ??= this.#open(received, message);
    if (message.kind === 'responseHeaders') this.#l7?.response(message);
    this.#exchange.message(message);
  }

  ended(): boolean {
    return this.#exchange?.ended() ?? false;
  }

  closed(): void {
    this.#exchange?.closed();
    this.#l7?.ended(this.#exchange?.settling === true);
  }

  #open(received: ProcessingRequest, message: StreamMessage): Exchange {
    const { attributes, protocolConfig, observabilityMode } = received;
    const { profile, requestIds, policy: named, heldBytesMax, peer } = this.#context;
    if (observabilityMode) throw new ServerError('STREAM_MODE', { profile, what: 'observability_mode' });
    if (message.kind !== 'requestHeaders') {
      throw new ServerError('EXCHANGE_ORDER', { kind: message.kind, when: 'first' });
    }
    const request = fromStream(message, attributes, requestIds);
    const { client, server, headers, uri } = request.attributes;
    const destination = {
      address: server.address,
      port: server.port,
      route: textOf(attributes.get('xds.route_name')),
      virtualHost: textOf(attributes.get('xds.virtual_host_name')),
    };
    const selection = this.#service.parts.policies.select({ named, destination, client, headers, uri });
    const { name, ruleSet, policy, denied } = selection;
    this.#policyName = name;
    requireMode(profile, policy.mode, protocolConfig);
    const { parts, backlog } = this.#service;
    const { inspector, limits, refusals, l7 = null, workloads = null } = parts;
    const ends = workloads?.endsOf(peer, server.address) ?? null;
    if (request.probe) this.#probe = { name: request.probeName, address: server.address, port: server.port };
    const setting: ExchangeSetting = {
      ...request,
      ...(ends === null ? {} : { ends }),
      peer,
      policyName: name,
      ruleSet,
      policy,
      denied,
      profile,
      heldBytesMax,
      seesResponseBodies: protocolConfig?.responseBodyMode === 'STREAMED',
      holdsResponses: protocolConfig?.sendBodyWithoutWaitingForHeaderResponse === true,
    };
    if (l7 !== null) this.#l7 = new L7Exchange(l7, setting, destination.route);
    return new Exchange({ setting, inspector, limits, output: this, backlog, refusals });
  }

  send(reply: StreamReply): void {
    this.#call.send(encodeReply(reply));
  }

  unavailable(error: ServerError): void {
    this.#service.parts.metrics.callFailed(error.code);
    this.#call.refuse(refusalOf(error));
  }

  pause(): void {
    this.#call.pause();
  }

  resume(): void {
    this.#call.resume();
  }

  judged(report: ExchangeReport): void {
    this.#l7?.judged(report);
    const { metadata, verdict, decision, coverage } = report;
    const { metrics, log } = this.#service.parts;
    metrics.observeCheck({
      policy: metadata.policy,
      verdict: verdict.kind,
      mode: decision.mode,
      action: decision.action,
      durationSeconds: metadata.durationMicros / 1_000_000,
      bodyBytes: coverage.requestBytesSeen,
      bodyComplete: !coverage.skipped.some((what) => what.startsWith('request')),
      cause: verdict.kind === 'uninspectable' ? verdict.cause : null,
      wouldBlock: metadata.wouldBlock,
      rules: metadata.rules,
      score: metadata.score,
    });
    this.#noteProbe(report);
    if (decision.action === 'allow' && !metadata.wouldBlock) return;
    const { requestId, policy, mode, rules, cause, wouldBlock, probe } = metadata;
    const { action, status } = decision;
    log.debug(
      { requestId, policy, mode, verdict: verdict.kind, action, status, rules, cause, wouldBlock, probe },
      'exchange judged',
    );
  }

  #noteProbe({ metadata, verdict, decision }: ExchangeReport): void {
    if (!metadata.probe || this.#probe === null) return;
    const { policy, wouldBlock } = metadata;
    const { probes } = this.#service.parts;
    probes?.add({ ...this.#probe, policy, wouldBlock, verdict: verdict.kind, mode: decision.mode });
  }

  counted(coverage: Coverage): void {
    this.#service.parts.metrics.observeCoverage(this.#policyName, coverage);
    this.#l7?.passed(coverage);
  }

  event(making: EventMaking): void {
    this.#service.parts.events.keep(making);
  }

  failed(error: unknown): void {
    const { failureThrottle, parts } = this.#service;
    const suppressed = failureThrottle.admit(performance.now());
    if (suppressed !== null) parts.log.error({ suppressed, ...describeFault(error) }, 'the inspector failed');
  }
}

export function createProcessHandler(parts: ProcessParts): DuplexHandler {
  const service = new ProcessService(parts);
  return (call) => service.receiver(call);
}
