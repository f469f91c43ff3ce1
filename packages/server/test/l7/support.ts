/** Requests of all kinds for the L7 view. */
import fc from 'fast-check';
import type { L7Request } from '../../src/l7/groups.ts';

export const REQUEST: L7Request = {
  policy: 'default',
  address: '10.0.0.1',
  port: 8080,
  route: 'shop',
  client: '192.0.2.1',
  isDirect: true,
  method: 'GET',
  target: '/users/17?token=hunter2#part',
  status: 200,
  isBlocked: false,
  wouldBlock: false,
  isUninspectable: false,
  isUnjudged: false,
  requestBytes: 0,
  responseBytes: 0,
  latencyMicros: -1,
  inspectionMicros: 100,
};

const segment = fc.oneof(
  fc.constantFrom('users', 'orders', 'v1'),
  fc.webSegment(),
  fc.string(),
  fc.uuid(),
  fc.nat().map(String),
);

export const anyRequest: fc.Arbitrary<L7Request> = fc.record({
  policy: fc.constantFrom('default', 'shop'),
  address: fc.oneof(fc.constantFrom('10.0.0.1', ''), fc.ipV4()),
  port: fc.constantFrom(0, 80, 8080),
  route: fc.constantFrom('', 'shop'),
  client: fc.oneof(fc.constantFrom('192.0.2.1', ''), fc.ipV4(), fc.ipV6()),
  isDirect: fc.boolean(),
  method: fc.oneof(fc.constantFrom('GET', 'POST', 'PROPFIND'), fc.string()),
  target: fc
    .tuple(fc.array(segment, { maxLength: 20 }), fc.string())
    .map(([segments, query]) => `/${segments.join('/')}?${query}`),
  status: fc.oneof(fc.constantFrom(0, 200, 403, 404), fc.integer({ min: -1, max: 2_000 })),
  isBlocked: fc.boolean(),
  wouldBlock: fc.boolean(),
  isUninspectable: fc.boolean(),
  isUnjudged: fc.boolean(),
  requestBytes: fc.nat(),
  responseBytes: fc.nat(),
  latencyMicros: fc.oneof(fc.constant(-1), fc.nat(10_000_000)),
  inspectionMicros: fc.nat(1_000_000),
});
