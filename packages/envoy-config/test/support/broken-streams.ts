/** Ways to break a sound configuration with ext_proc. */
import type { FindingCode } from '../../src/index.ts';
import { guard, host, type Loose, manager, route } from './documents.ts';

const FILTER = 'envoy.filters.http.ext_proc';

export const overridesOf = (document: Loose): Loose[] =>
  [host(document), route(document)].map((level) => level.typed_per_filter_config[FILTER].overrides);
/** On the route and its virtual host. */
export const onRoute = (document: Loose, change: (overrides: Loose) => void): void =>
  overridesOf(document).forEach(change);
const limit = (document: Loose, bytes: number | undefined): void => {
  for (const level of [host(document), route(document)]) level.request_body_buffer_limit = bytes;
};
const without = (name: string) => (overrides: Loose) => {
  overrides.grpc_initial_metadata = overrides.grpc_initial_metadata.filter(({ key }: Loose) => key !== name);
};

/** What is broken, the one finding, and the place where it is found. */
export const BROKEN_STREAMS: readonly (readonly [string, FindingCode, RegExp, (document: Loose) => void])[] =
  [
    [
      'open on a route',
      'FAIL_OPEN',
      /overrides\.failure_mode_allow$/,
      (d) =>
        onRoute(d, (o) => {
          o.failure_mode_allow = true;
        }),
    ],
    [
      'open, where the route says nothing',
      'FAIL_OPEN',
      /typed_config\.failure_mode_allow$/,
      (d) => {
        onRoute(d, (o) => {
          delete o.failure_mode_allow;
        });
        guard(d).failure_mode_allow = true;
      },
    ],
    [
      'open on the virtual host, where the route says nothing',
      'FAIL_OPEN',
      /virtual_hosts\[0\]\.typed/,
      (d) => {
        const [shared, own] = overridesOf(d);
        shared.failure_mode_allow = true;
        delete own.failure_mode_allow;
      },
    ],
    [
      'open for upgrades',
      'FAIL_OPEN',
      /upgrade"\]\.overrides\.failure_mode_allow$/,
      (d) => {
        for (const level of [host(d), route(d)])
          level.typed_per_filter_config[`${FILTER}.upgrade`].overrides.failure_mode_allow = true;
      },
    ],
    [
      'off on a route',
      'ROUTE_UNGUARDED',
      /ext_proc"\]$/,
      (d) => {
        route(d).typed_per_filter_config[FILTER] = { disabled: true };
      },
    ],
    [
      'headers before the body',
      'HEADERS_FIRST',
      /send_body/,
      (d) => {
        delete guard(d).send_body_without_waiting_for_header_response;
      },
    ],
    [
      'no bodies',
      'BODY_NOT_SENT',
      /request_body_mode$/,
      (d) =>
        onRoute(d, (o) => {
          o.processing_mode.request_body_mode = 'NONE';
        }),
    ],
    [
      'the beginning of bodies',
      'BODY_PARTIAL',
      /request_body_mode$/,
      (d) =>
        onRoute(d, (o) => {
          o.processing_mode.request_body_mode = 'BUFFERED_PARTIAL';
        }),
    ],
    [
      'no trailers',
      'TRAILERS_UNSEEN',
      /request_trailer_mode$/,
      (d) =>
        onRoute(d, (o) => {
          delete o.processing_mode.request_trailer_mode;
        }),
    ],
    [
      'no headers',
      'HEADERS_WITHHELD',
      /request_header_mode$/,
      (d) =>
        onRoute(d, (o) => {
          o.processing_mode.request_header_mode = 'SKIP';
        }),
    ],
    [
      'some headers',
      'HEADERS_WITHHELD',
      /forward_rules$/,
      (d) => {
        guard(d).forward_rules = {};
      },
    ],
    [
      'answers that do not count',
      'SHADOW',
      /observability_mode$/,
      (d) => {
        guard(d).observability_mode = true;
      },
    ],
    [
      'answers that cannot deny',
      'SHADOW',
      /disable_immediate_response$/,
      (d) => {
        guard(d).disable_immediate_response = true;
      },
    ],
    [
      'no time of its own',
      'VERDICT_TIME',
      /message_timeout$/,
      (d) => {
        delete guard(d).message_timeout;
      },
    ],
    [
      'no time at all',
      'VERDICT_TIME',
      /message_timeout$/,
      (d) => {
        guard(d).message_timeout = '0s';
      },
    ],
    [
      'a time-out that cannot be put off',
      'PAUSES_CUT',
      /max_message_timeout$/,
      (d) => {
        delete guard(d).max_message_timeout;
      },
    ],
    [
      'chunks for a length',
      'LENGTH_LOST',
      /allow_content_length_header$/,
      (d) => {
        delete guard(d).allow_content_length_header;
      },
    ],
    [
      'routes chosen again',
      'ROUTE_CACHE',
      /route_cache_action$/,
      (d) => {
        guard(d).route_cache_action = 'CLEAR';
      },
    ],
    [
      'nothing for the log',
      'LOG_UNTOLD',
      /metadata_options$/,
      (d) => {
        delete guard(d).metadata_options;
      },
    ],
    [
      'less held than may be unanswered',
      'STANDS_STILL',
      /request_body_buffer_limit$/,
      (d) => limit(d, 1_048_576),
    ],
    ['no limit of the route', 'STANDS_STILL', /processing_mode$/, (d) => limit(d, undefined)],
    ['no profile', 'STREAM_REFUSED', /routes\[0\]$/, (d) => onRoute(d, without('sluice-profile'))],
    [
      'no number of bytes',
      'STREAM_REFUSED',
      /routes\[0\]$/,
      (d) => onRoute(d, without('sluice-held-bytes-max')),
    ],
    ['no policy', 'POLICY_UNNAMED', /routes\[0\]$/, (d) => onRoute(d, without('sluice-policy'))],
    [
      'another mode than its profile',
      'STREAM_REFUSED',
      /request_body_mode$/,
      (d) =>
        onRoute(d, (o) => {
          o.processing_mode.request_body_mode = 'BUFFERED';
        }),
    ],
    [
      'a mode that Sluice does not speak',
      'STREAM_REFUSED',
      /request_body_mode$/,
      (d) =>
        onRoute(d, (o) => {
          o.processing_mode.request_body_mode = 'FULL_DUPLEX_STREAMED';
        }),
    ],
    [
      'responses that are collected',
      'STREAM_REFUSED',
      /response_body_mode$/,
      (d) =>
        onRoute(d, (o) => {
          o.processing_mode.response_body_mode = 'BUFFERED';
        }),
    ],
    [
      'upgrades without Sluice',
      'UPGRADE_UNGUARDED',
      /upgrade_configs\[0\]$/,
      (d) => {
        manager(d).upgrade_configs[0].filters.shift();
      },
    ],
    [
      'upgrades with a body that is collected',
      'UPGRADE_HANGS',
      /upgrade_configs\[0\]$/,
      (d) => {
        manager(d).upgrade_configs[0].filters[0].typed_config.processing_mode.request_body_mode = 'BUFFERED';
      },
    ],
    [
      'plain HTTP',
      'NOT_GRPC',
      /http_service$/,
      (d) => {
        delete guard(d).grpc_service;
        guard(d).http_service = {};
      },
    ],
  ];
