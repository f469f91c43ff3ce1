/** Names that mean one address when they are looked at and another when they are called. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { webhookSchema } from '@sluice/hub';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { call } from '../../packages/hub/src/alerts/webhook/call.ts';

type Answer = readonly { readonly address: string; readonly family: number }[];

const dns = vi.hoisted(() => ({ answers: [] as Answer[], asked: 0 }));

vi.mock('node:dns', async (original) => ({
  ...(await original<typeof import('node:dns')>()),
  lookup: (_: string, __: object, callback: (error: null, addresses: Answer) => void) => {
    dns.asked += 1;
    callback(null, dns.answers.shift() ?? []);
  },
}));

const LOOPBACK = { address: '127.0.0.1', family: 4 };
/** Of the network, where nobody listens (RFC 5737). */
const OUTSIDE = { address: '192.0.2.1', family: 4 };

let calls = 0;
const server = createServer((_, response) => {
  calls += 1;
  response.end();
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://receiver.example:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => server.close());
beforeEach(() => {
  calls = 0;
  Object.assign(dns, { answers: [], asked: 0 });
});

const ask = (allowLocal: boolean) =>
  call(webhookSchema.parse({ kind: 'generic', url, allowLocal }), '{}', { id: 'n', now: 0 });

it.each([
  ['loopback', [LOOPBACK]],
  ['a cloud’s metadata', [{ address: '169.254.169.254', family: 4 }]],
  ['loopback beside another', [OUTSIDE, LOOPBACK]],
  ['loopback as IPv6 has it', [{ address: '::ffff:127.0.0.1', family: 6 }]],
])('a name that means %s is refused', async (_, answer) => {
  dns.answers = [answer];
  expect(await ask(false)).toEqual({ outcome: 'again', status: null, reason: 'WEBHOOK_ADDRESS' });
  expect(calls).toBe(0);
});

it('a name that changes its mind is asked once, and only that answer is called', async () => {
  dns.answers = [[OUTSIDE], [LOOPBACK], [LOOPBACK]];
  expect(await ask(false)).toMatchObject({ outcome: 'again' });
  expect(dns.asked).toBe(1);
  expect(calls).toBe(0);
}, 30_000);
