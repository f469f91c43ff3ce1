/** Asks a client to leave its connection: behind the answer that is under way, and without an end to anything else on it. */
import { type TypedMessage, typed } from '../json.ts';
import type { NamedResource } from '../table.ts';

const FILTER = 'sluice.leave';

/** HTTP/1 gets `Connection: close` with the answer, HTTP/2 a GOAWAY. Envoy has no setting of a route for it. */
const SCRIPT = 'function envoy_on_response(handle) handle:streamInfo():drainConnectionUponCompletion() end';

/** Waits until a route asks for it. */
export const leaveFilter = (): NamedResource => ({
  name: FILTER,
  disabled: true,
  typed_config: typed('envoy.extensions.filters.http.lua.v3.Lua', {
    default_source_code: { inline_string: SCRIPT },
  }),
});

/** As an entry of a route's `typed_per_filter_config`. */
export const leaving: readonly [name: string, config: TypedMessage] = [
  FILTER,
  typed('envoy.config.route.v3.FilterConfig', { config: {} }),
];
