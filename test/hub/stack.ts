/** A hub over a store, with ways in for tests. */

import { readFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import {
  type EventStore,
  HUB_DEFAULT_LIMITS,
  Hub,
  type HubAddresses,
  type HubLimits,
  type NodeTokens,
} from '@sluice/hub';
import { pino } from 'pino';
import type { Certificates, TlsPaths } from './certificates.ts';

export interface HubStack {
  readonly hub: Hub;
  readonly addresses: HubAddresses;
  readonly nodesUrl: string;
  readonly queriesUrl: string;
  readonly adminUrl: string;
  readonly log: string[];
}

export interface StackOptions {
  readonly store: EventStore;
  readonly certificates: Certificates;
  readonly limits?: Partial<HubLimits>;
  readonly allow?: readonly string[];
  readonly nodesPort?: number;
  readonly now?: () => number;
  /** Who has the certificate `nodes` is whose token it is. */
  readonly nodeTokens?: NodeTokens;
}

export async function startHub(options: StackOptions): Promise<HubStack> {
  const { store, certificates, limits, allow = [], nodesPort = 0, now = Date.now, nodeTokens } = options;
  const lines: string[] = [];
  const hub = new Hub({
    store,
    now,
    ...(nodeTokens !== undefined && { nodeTokens }),
    log: pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) }),
    config: {
      nodes: {
        ...{ listen: { host: '127.0.0.1', port: nodesPort }, tls: certificates.hub, allow: [...allow] },
        tokens:
          nodeTokens === undefined
            ? false
            : {
                certificates: ['nodes'],
                audience: 'sluice-hub',
                nodes: 'sluice-system/sluice-node',
                others: [],
              },
      },
      queries: { listen: { host: '127.0.0.1', port: 0 } },
      admin: { listen: { host: '127.0.0.1', port: 0 } },
      limits: { ...HUB_DEFAULT_LIMITS, drainMillisMax: 1_000, ...limits },
    },
  });
  const addresses = await hub.start();
  return {
    hub,
    addresses,
    log: lines,
    nodesUrl: `https://127.0.0.1:${addresses.nodes}`,
    queriesUrl: `http://127.0.0.1:${addresses.queries}`,
    adminUrl: `http://127.0.0.1:${addresses.admin}`,
  };
}

export interface Posted {
  readonly status: number;
  readonly json: unknown;
}

/** One request with a certificate, or without; rejects where TLS refuses it. */
export function post(
  url: string,
  tls: Partial<TlsPaths>,
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Posted> {
  const agent = new Agent({
    ...Object.fromEntries(Object.entries(tls).map(([name, path]) => [name, readFileSync(path)])),
  });
  const sent = { 'content-type': 'application/msgpack', 'content-length': String(body.length), ...headers };
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, { method: 'POST', agent, headers: sent }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => {
        agent.destroy();
        const text = Buffer.concat(parts).toString('utf8');
        resolve({ status: answer.statusCode ?? 0, json: JSON.parse(text) });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}
