/**
 * The event of a request, version 1. packages/spool/src/schema/waf.ts describes each field, and docs/events.md shows it.
 * What is not known is absent. Types, not interfaces: only those are documents of JSON to the compiler.
 */
import type { ShownCoverage } from './coverage.ts';

export type EventAction = 'allow' | 'deny' | 'uninspectable';

export type EventRuleTarget = {
  readonly variable: string;
  readonly value: string;
  /** What this value added to the anomaly score. */
  readonly score: number;
  /** Keyed, of a value that is masked, where that is asked for. */
  readonly hash?: string;
};

export type EventRule = {
  readonly id: string;
  readonly message: string;
  readonly data: string;
  readonly severity?: string;
  readonly tags: readonly string[];
  readonly phase: number;
  readonly paranoia_level?: number;
  readonly file: string;
  readonly line: number;
  /** What the rule added to the anomaly score with all its targets, those that are left out included. */
  readonly score: number;
  readonly targets: readonly EventRuleTarget[];
  /** Matched targets beyond the event's limit. */
  readonly targets_left_out: number;
};

/** As Calico has them: numbers are texts. */
export type CalicoRule = {
  readonly id: string;
  readonly message: string;
  readonly severity: string;
  readonly file: string;
  readonly line: string;
  readonly disruptive: boolean;
};

/** A pod at an end of the request, as far as it is known. */
export type EventWorkload = {
  readonly namespace?: string;
  readonly pod?: string;
  /** The pod's, which no other ever has. */
  readonly uid?: string;
  /** `Deployment/shop`. */
  readonly owner?: string;
  /** `app=shop`. */
  readonly labels?: readonly string[];
  /** Service or route by which it was selected; of the destination only. */
  readonly service?: string;
  /** Services that lead to it; of the destination only. */
  readonly services?: readonly string[];
};

/** Who stands at the ends of a request, as far as it is known. */
export type EventEnds = {
  readonly source?: EventWorkload;
  readonly destination?: EventWorkload;
};

type EventHttp = {
  readonly request: {
    readonly id: string;
    readonly method: string;
    readonly bytes: number;
    readonly mime_type?: string;
    readonly referrer?: string;
  };
  readonly response?: { readonly status_code?: number; readonly bytes?: number; readonly mime_type?: string };
  readonly version: string;
};

type EventUrl = {
  readonly original: string;
  readonly domain: string;
  readonly path: string;
  readonly query?: string;
  readonly scheme?: 'http' | 'https';
};

type EventEnd = {
  readonly ip?: string;
  readonly port?: number;
  readonly port_num?: number;
  readonly hostname: string;
};

export type EventFacts = {
  readonly schema: 1;
  readonly policy: string;
  readonly mode: string;
  readonly would_block: boolean;
  readonly status?: number;
  readonly cause?: string;
  readonly detail?: string;
  readonly rule_set?: string;
  readonly sample?: 'clean';
  readonly candidate?: string;
  readonly probe?: true;
  readonly latency_us: number;
  readonly process?: string;
  readonly scores: { readonly [name: string]: number };
  readonly rules: readonly EventRule[];
  readonly coverage: ShownCoverage;
  readonly source?: EventWorkload;
  readonly destination?: EventWorkload;
};

export type WafEvent = {
  readonly '@timestamp': string;
  readonly ecs: { readonly version: '9.2.0' };
  readonly event: {
    readonly id: string;
    readonly kind: 'event';
    readonly category: readonly ['web'];
    readonly type: readonly ['allowed' | 'denied'];
    readonly action: EventAction;
    readonly outcome: 'success' | 'failure';
    readonly dataset: 'sluice.waf';
    readonly module: 'sluice';
    /** Nanoseconds. */
    readonly duration: number;
    readonly severity?: number;
    readonly reason?: string;
  };
  readonly http: EventHttp;
  readonly url: EventUrl;
  readonly user_agent?: { readonly original: string };
  readonly source: EventEnd;
  readonly destination: EventEnd;
  readonly observer: {
    readonly vendor: 'Sluice';
    readonly product: 'sluice';
    readonly type: 'waf';
    readonly version?: string;
    readonly hostname?: string;
  };
  readonly rule?: { readonly id: string; readonly ruleset?: string; readonly version?: string };
  readonly trace?: { readonly id: string };
  readonly related?: { readonly ip: readonly string[] };
  readonly waf: EventFacts;
  /** Several where one text would be longer than stores index. */
  readonly rule_info?: string | readonly string[];
  readonly host?: string;
  readonly method: string;
  readonly path: string;
  readonly protocol: string;
  readonly msg: string;
  readonly request_id: string;
  readonly level: 'warning' | 'info';
  readonly rules: readonly CalicoRule[];
  readonly gateway_name?: string;
  readonly gateway_namespace?: string;
};
