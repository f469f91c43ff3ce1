/**
 * An ext_authz server that reads nothing and allows everything, on either transport of packages/server: what is left
 * when a server has no work of its own.
 *
 *   node bench/server/allow-server.ts http2|grpc-js SOCKET
 */
import { CHECK_PATH } from '../../packages/server/src/check.ts';
import { HEALTH_CHECK_PATH, HEALTH_WATCH_PATH, Health } from '../../packages/server/src/health.ts';
import { DEFAULT_LIMITS } from '../../packages/server/src/limits.ts';
import { createGrpcJsTransport } from '../../packages/server/src/transport/grpc-js.ts';
import { createHttp2Transport } from '../../packages/server/src/transport/http2.ts';
import type { TransportObserver } from '../../packages/server/src/transport/transport.ts';
import { encodeCheckResponse } from '../../packages/server/src/wire/check-response.ts';

const [transport, path = ''] = process.argv.slice(2);
const factory = transport === 'grpc-js' ? createGrpcJsTransport : createHttp2Transport;

const allow = encodeCheckResponse({ kind: 'allow', metadata: {} });
const health = new Health(['envoy.service.auth.v3.Authorization']);
health.setServing(true);

const say = (what: string): void => {
  process.stderr.write(`${what}\n`);
};
const observer: TransportObserver = {
  handlerFailed: (_, error) => say(String(error)),
  refused: ({ message }) => say(message),
  connectionFailed: (error) => say(String(error)),
};

const server = factory({
  services: {
    unary: new Map([
      [CHECK_PATH, () => allow],
      [HEALTH_CHECK_PATH, health.check],
    ]),
    streams: new Map([[HEALTH_WATCH_PATH, health.watch]]),
    duplex: new Map(),
  },
  limits: DEFAULT_LIMITS,
  observer,
});
await server.listen({ kind: 'unix', path });
process.once('SIGTERM', () => void server.close().then(() => process.exit()));
say(JSON.stringify({ msg: 'listening', version: `${transport} on ${process.version}` }));
