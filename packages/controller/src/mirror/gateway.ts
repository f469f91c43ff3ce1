/** Gateway API's kinds, where the cluster has them: they may come later, and go. */
import type { Reflector } from '../cluster/reflector.ts';
import type { RawObject } from '../cluster/source.ts';
import {
  GATEWAY_GROUP,
  type Gateway,
  type GatewayObjects,
  type ListenerSet,
  type ReferenceGrant,
  type Route,
} from '../gateway-api.ts';
import { gatewayOf, listenerSetOf, referenceGrantOf, routeOf } from './gateway-objects.ts';
import { memo } from './memo.ts';
import type { Watches } from './watches.ts';

/** By their names as watches have them: served from Gateway API 1.0, GRPCRoute from 1.1, ListenerSet from 1.5. */
export const GATEWAY_KINDS = {
  Gateway: 'v1/gateways',
  HTTPRoute: 'v1/httproutes',
  GRPCRoute: 'v1/grpcroutes',
  ListenerSet: 'v1/listenersets',
  ReferenceGrant: 'v1beta1/referencegrants',
} as const;

export class GatewayMirror {
  readonly #gateways: Reflector<Gateway>;
  readonly #httpRoutes: Reflector<Route>;
  readonly #grpcRoutes: Reflector<Route>;
  readonly #listenerSets: Reflector<ListenerSet>;
  readonly #grants: Reflector<ReferenceGrant>;
  readonly #objects = memo(
    (
      ...[gateways, httpRoutes, grpcRoutes, listenerSets, grants]: readonly [
        GatewayObjects['gateways'],
        GatewayObjects['httpRoutes'],
        GatewayObjects['grpcRoutes'],
        GatewayObjects['listenerSets'],
        GatewayObjects['grants'],
      ]
    ): GatewayObjects => ({ gateways, httpRoutes, grpcRoutes, listenerSets, grants }),
  );

  constructor(watches: Watches) {
    const follow = <T>(kind: keyof typeof GATEWAY_KINDS, project: (raw: RawObject) => T | null) =>
      watches.add<T>({
        ...{ name: kind, path: `/apis/${GATEWAY_GROUP}/${GATEWAY_KINDS[kind]}`, optional: true },
        ...{ namespaced: true, project },
      });
    this.#gateways = follow('Gateway', gatewayOf);
    this.#httpRoutes = follow('HTTPRoute', routeOf('HTTPRoute'));
    this.#grpcRoutes = follow('GRPCRoute', routeOf('GRPCRoute'));
    this.#listenerSets = follow('ListenerSet', listenerSetOf);
    this.#grants = follow('ReferenceGrant', referenceGrantOf);
  }

  objects(): GatewayObjects {
    return this.#objects(
      this.#gateways.snapshot(),
      this.#httpRoutes.snapshot(),
      this.#grpcRoutes.snapshot(),
      this.#listenerSets.snapshot(),
      this.#grants.snapshot(),
    );
  }
}
