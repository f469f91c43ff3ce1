/** A group of requests as a document of the data set `l7` (its schema: packages/spool/src/schema/l7.ts). */
import { isIP } from 'node:net';
import type { EventObserver } from '@sluice/engine';
import { type Document, type Json, L7_LATENCY_BOUNDS_MICROS, L7_SCHEMA } from '@sluice/spool';
import type { L7Destination, L7Group } from './groups.ts';
import { OTHER_TEMPLATE } from './path-templates.ts';

const ECS_VERSION = '9.0.0';

/** Who stands behind an address. */
export interface L7Workload {
  readonly namespace: string;
  readonly pod: string;
  /** `Deployment/shop`. */
  readonly owner: string;
}

/** Milliseconds since the epoch. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

export interface DocumentFacts {
  readonly id: string;
  readonly interval: Interval;
  /** Who counts. */
  readonly observer: EventObserver;
}

type Fields = { [field: string]: Json };

/** What is not known is absent. */
const told = (name: string, value: string | undefined): Fields =>
  value === undefined ? {} : { [name]: value };

export function documentOf(group: L7Group, facts: DocumentFacts): Document {
  const { destination, status, source, workload } = group;
  return {
    ...about(facts),
    ...(isIP(group.client) === 0 ? {} : { source: { ip: group.client } }),
    ...endOf(destination),
    http: {
      request: { method: group.method },
      ...(status < 100 ? {} : { response: { status_code: status } }),
    },
    l7: {
      schema: L7_SCHEMA.version,
      ...told('process', facts.observer.process),
      policy: destination.policy,
      ...(destination.route === '' ? {} : { route: destination.route }),
      template: group.template,
      status_class: classOf(status),
      ...foldsOf(group),
      ...(source === null ? {} : { source: { ...source } }),
      ...(workload === null ? {} : { destination: { ...workload } }),
      ...countsOf(group),
    },
    ...calicoFields(group, facts),
    ...(source === null ? {} : { src_namespace: source.namespace, src_name_aggr: source.pod }),
    ...(workload === null ? {} : { dest_namespace: workload.namespace, dest_name_aggr: workload.pod }),
  };
}

function about({ id, interval, observer }: DocumentFacts): Document {
  const start = new Date(interval.from).toISOString();
  return {
    '@timestamp': start,
    ecs: { version: ECS_VERSION },
    event: {
      id,
      kind: 'metric',
      category: ['web'],
      type: ['access'],
      dataset: 'sluice.l7',
      module: 'sluice',
      start,
      end: new Date(interval.to).toISOString(),
    },
    observer: {
      vendor: 'Sluice',
      product: 'sluice',
      type: 'waf',
      ...told('version', observer.version),
      ...told('hostname', observer.hostname),
    },
  };
}

function endOf({ address, port }: L7Destination): Fields {
  const end = {
    ...(isIP(address) === 0 ? {} : { ip: address }),
    ...(port === 0 ? {} : { port }),
  };
  return Object.keys(end).length === 0 ? {} : { destination: end };
}

/** @param status a status, the first digit of several, or 0 */
const classOf = (status: number): string => {
  if (status === 0) return 'unknown';
  return `${status < 100 ? status : Math.floor(status / 100)}xx`;
};

function foldsOf({ isRestOfClients, destination, template }: L7Group): Fields {
  const folded: string[] = [];
  if (isRestOfClients) folded.push('client');
  if (destination.isRest) folded.push('destination');
  if (template === OTHER_TEMPLATE) folded.push('path');
  return folded.length === 0 ? {} : { folded };
}

function countsOf(group: L7Group): Fields {
  return {
    count: group.count,
    blocked: group.blocked,
    would_block: group.wouldBlock,
    uninspectable: group.uninspectable,
    unjudged: group.unjudged,
    request_bytes: group.requestBytes,
    response_bytes: group.responseBytes,
    responses: group.responses,
    ...(group.latencies === null ? {} : { latency_us: latencyOf(group, group.latencies) }),
    inspection_us: { sum: Math.round(group.inspectionSum), max: Math.round(group.inspectionMax) },
  };
}

/** Each bucket with those below it. */
function latencyOf({ latencySum, latencyMax }: L7Group, latencies: readonly number[]): Fields {
  const fields: Fields = { sum: Math.round(latencySum), max: Math.round(latencyMax) };
  let below = 0;
  for (const [index, bound] of L7_LATENCY_BOUNDS_MICROS.entries()) {
    below += latencies[index] ?? 0;
    fields[`le_${bound}`] = below;
  }
  return fields;
}

const NANOS_A_MICRO = 1_000;

function calicoFields(group: L7Group, { interval, observer }: DocumentFacts): Fields {
  const { destination, responses, status } = group;
  return {
    ...told('host', observer.hostname),
    start_time: new Date(interval.from).toISOString(),
    end_time: new Date(interval.to).toISOString(),
    count: group.count,
    bytes_in: group.requestBytes,
    bytes_out: group.responseBytes,
    ...(responses === 0
      ? {}
      : {
          duration_mean: Math.round((group.latencySum / responses) * NANOS_A_MICRO),
          duration_max: Math.round(group.latencyMax * NANOS_A_MICRO),
        }),
    method: group.method,
    url: group.template,
    ...(status < 100 ? {} : { response_code: String(status) }),
    ...(destination.port === 0 ? {} : { dest_port_num: destination.port }),
  };
}
