/** What an API server was asked by one user, as its audit log has it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Call } from './chart-rights.ts';

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly objectRef?: {
    readonly resource: string;
    readonly subresource?: string;
    readonly apiGroup?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

/** One thing that was asked, in words: `patch sluice.dev/sluicenodes node-a`. */
export interface Asked {
  readonly verb: string;
  /** As of Call; `''` for what is no resource, such as /apis. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly status: number;
}

/** Flags for ApiServer.start(). @param directory where the log is written */
export function auditFlags(directory: string, user: string): readonly string[] {
  const policy = join(directory, 'audit-policy');
  const rules = [{ level: 'Metadata', users: [user], omitStages: ['RequestReceived'] }, { level: 'None' }];
  writeFileSync(policy, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules }));
  return [`--audit-policy-file=${policy}`, `--audit-log-path=${logIn(directory)}`];
}

const logIn = (directory: string): string => join(directory, 'audit-log');

export function readAudit(directory: string): readonly Asked[] {
  const lines = readFileSync(logIn(directory), 'utf8').split('\n');
  // The last one may not be whole yet.
  return lines.slice(0, -1).map((line) => askedIn(JSON.parse(line)));
}

function askedIn({ verb, objectRef, responseStatus }: AuditEvent): Asked {
  const { apiGroup = '', resource = '', subresource, namespace = '', name = '' } = objectRef ?? {};
  const parts = [
    apiGroup === '' ? 'core' : apiGroup,
    resource,
    ...(subresource === undefined ? [] : [subresource]),
  ];
  const status = responseStatus?.code ?? 0;
  return { verb, resource: resource === '' ? '' : parts.join('/'), namespace, name, status };
}

/** Whether a call that is known allows for it. */
export const isKnown = ({ verb, resource, namespace, name }: Asked, calls: readonly Call[]): boolean =>
  calls.some(
    (call) =>
      call.resource === resource &&
      call.verbs.includes(verb) &&
      (call.namespace === undefined || call.namespace === namespace) &&
      (call.name === undefined || call.name === name),
  );
