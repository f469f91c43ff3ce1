/** The filters that ask Sluice: where they stand among the others, and what one of them asks. */
import { DEFAULTS, MESSAGE_BODY_BYTES_MAX } from '../limits.ts';
import { INTENT_NAMESPACE } from '../resources/policies.ts';
import { type Finding, finding } from './codes.ts';
import type { Node } from './node.ts';

export interface Guard {
  readonly name: string;
  readonly kind: 'ext_authz' | 'ext_proc';
  readonly config: Node;
  /** Off unless a route switches it on. */
  readonly waits: boolean;
  /** It asks about upgrades, which have no bodies to inspect. */
  readonly isForUpgrades?: boolean;
}

/** What a virtual host or route is declared to be (resources/guard.ts). Undeclared is Block and Closed: the strictest. */
export interface Intent {
  readonly mode: string;
  readonly unavailable: string;
  readonly upgrades: readonly string[];
}

export function intentOf(levels: readonly Node[]): Intent {
  const declared = levels
    .map((level) => level.at(`metadata.filter_metadata.${INTENT_NAMESPACE}`))
    .find((intent) => intent.exists);
  return {
    mode: declared?.at('mode').text || 'Block',
    unavailable: declared?.at('unavailable').text || 'Closed',
    upgrades: declared?.each('upgrades').map(({ text }) => text) ?? [],
  };
}

export const isInvisible = ({ mode }: Intent): boolean => mode !== 'Block';
const isOpen = (intent: Intent): boolean => isInvisible(intent) || intent.unavailable === 'Open';

const KINDS: Readonly<Record<string, Guard['kind']>> = {
  ExtAuthz: 'ext_authz',
  ExternalProcessor: 'ext_proc',
};

/** Where one of them has Sluice in its cluster's name, the others are somebody else's. */
export function guardsAmong(filters: readonly Node[]): readonly Guard[] {
  const all = filters.flatMap((filter): readonly Guard[] => {
    const config = filter.at('typed_config');
    const kind = KINDS[config.message];
    if (kind === undefined) return [];
    return [{ name: filter.at('name').text, kind, config, waits: filter.at('disabled').isTrue }];
  });
  const ours = all.filter(isSluices);
  return ours.length > 0 ? ours : all;
}

const isSluices = ({ config }: Guard): boolean => /sluice/i.test(clusterOf(config) || target(config));

export const clusterOf = (config: Node): string => config.at('grpc_service.envoy_grpc.cluster_name').text;
const target = (config: Node): string => config.at('grpc_service.google_grpc.target_uri').text;

/** What is wrong with the filter wherever it is used. */
export function checkGuard(guard: Guard): readonly Finding[] {
  const { config, kind } = guard;
  const { place } = config;
  const found: Finding[] = [];
  if (config.at('http_service').exists) return [finding('NOT_GRPC', config.at('http_service').place)];
  if (config.at('grpc_service.google_grpc').exists)
    found.push(finding('GOOGLE_GRPC', config.at('grpc_service.google_grpc').place));
  found.push(...verdictTime(guard));
  if (kind === 'ext_authz') {
    if (!config.at('encode_raw_headers').isTrue) found.push(finding('RAW_HEADERS', place));
    for (const name of ['allowed_headers', 'disallowed_headers']) {
      if (config.at(name).exists) found.push(finding('HEADERS_WITHHELD', `${place}.${name}`, { what: name }));
    }
    if (config.at('clear_route_cache').isTrue)
      found.push(finding('ROUTE_CACHE', `${place}.clear_route_cache`));
  }
  return found;
}

/** Of the server's own deadline; a shorter one makes its verdicts come too late. */
const SERVER_MILLIS = 150;
const ENVOYS_MILLIS = 200;

function verdictTime({ config, kind }: Guard): readonly Finding[] {
  const time = config.at(kind === 'ext_authz' ? 'grpc_service.timeout' : 'message_timeout');
  const millis = time.millis;
  if (millis === undefined)
    return [
      finding('VERDICT_TIME', time.place, {
        time: `${ENVOYS_MILLIS} ms`,
        why: "Envoy's default, with little to spare",
      }),
    ];
  if (millis === 0) {
    const hangs = { time: 'no end of time', why: 'requests hang with it' };
    const never = { time: 'no time', why: 'Envoy gives up at once' };
    return [finding('VERDICT_TIME', time.place, kind === 'ext_authz' ? hangs : never)];
  }
  if (millis > SERVER_MILLIS) return [];
  return [finding('VERDICT_TIME', time.place, { time: `${millis} ms`, why: 'Envoy gives up first' })];
}

/** What of the filter itself is wrong for one that is declared so. */
export function checkEffect(guard: Guard, settings: Node, intent: Intent): readonly Finding[] {
  const { config } = guard;
  return [
    ...checkSwitches(config, intent),
    ...checkFailure(config, settings, intent),
    ...checkBody(guard, settings, intent),
  ];
}

function checkSwitches(config: Node, intent: Intent): readonly Finding[] {
  if (isInvisible(intent)) return [];
  const found: Finding[] = [];
  const share = config.at('filter_enabled.default_value');
  const whole = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 }[
    share.at('denominator').text || 'HUNDRED'
  ];
  if (share.exists && (share.at('numerator').number ?? 0) < (whole ?? 0))
    found.push(finding('GUARD_OFF', share.place, { what: 'filter_enabled below 100 %' }));
  if (config.at('filter_enabled_metadata').exists)
    found.push(
      finding('GUARD_OFF', config.at('filter_enabled_metadata').place, { what: 'filter_enabled_metadata' }),
    );
  for (const name of ['shadow_mode', 'observability_mode', 'disable_immediate_response']) {
    if (config.at(name).isTrue) found.push(finding('SHADOW', config.at(name).place, { what: name }));
  }
  return found;
}

function checkFailure(config: Node, settings: Node, intent: Intent): readonly Finding[] {
  const own = settings.at('failure_mode_allow');
  const mode = own.exists ? own : config.at('failure_mode_allow');
  if (mode.isTrue === isOpen(intent)) return [];
  if (mode.isTrue) return [finding('FAIL_OPEN', mode.place)];
  // Open in Block is a choice that Closed is stricter than.
  if (!isInvisible(intent)) return [];
  return [
    finding('DETECT_REFUSES', mode.place, { mode: intent.mode, what: 'failure_mode_allow is not true' }),
  ];
}

function checkBody(guard: Guard, settings: Node, intent: Intent): readonly Finding[] {
  if (guard.isForUpgrades) return [];
  if (guard.kind === 'ext_proc') return checkStreamedBody(guard.config, settings, intent);
  const skipped = settings.at('disable_request_body_buffering');
  if (skipped.isTrue)
    return isInvisible(intent)
      ? []
      : [finding('BODY_NOT_SENT', skipped.place, { what: 'disable_request_body_buffering' })];
  const override = settings.at('with_request_body');
  const body = override.exists ? override : guard.config.at('with_request_body');
  if (!body.exists) return [finding('BODY_NOT_SENT', body.place, { what: 'with_request_body is missing' })];
  const bytes = body.at('max_request_bytes').number ?? 0;
  const found: Finding[] = [];
  const partial = body.at('allow_partial_message');
  if (!body.at('pack_as_bytes').isTrue) found.push(finding('BODY_AS_TEXT', body.place));
  if (partial.isTrue && !isInvisible(intent)) found.push(finding('BODY_PARTIAL', partial.place, { bytes }));
  if (!partial.isTrue && isInvisible(intent))
    found.push(finding('DETECT_REFUSES', partial.place, { mode: intent.mode, what: 'a long body gets 413' }));
  if (bytes > MESSAGE_BODY_BYTES_MAX)
    found.push(finding('BODY_OVER_MESSAGE', body.at('max_request_bytes').place, { bytes }));
  return found;
}

function checkStreamedBody(config: Node, settings: Node, intent: Intent): readonly Finding[] {
  const override = settings.at('processing_mode');
  const mode = (override.exists ? override : config.at('processing_mode')).at('request_body_mode');
  if (isInvisible(intent)) {
    if (mode.text !== 'BUFFERED') return [];
    return [
      finding('DETECT_REFUSES', mode.place, {
        mode: intent.mode,
        what: 'a long body gets 413, for it is BUFFERED',
      }),
    ];
  }
  if (mode.text === '' || mode.text === 'NONE')
    return [finding('BODY_NOT_SENT', mode.place, { what: 'request_body_mode NONE' })];
  if (mode.text !== 'BUFFERED_PARTIAL') return [];
  return [finding('BODY_PARTIAL', mode.place, { bytes: DEFAULTS.maxRequestBytes })];
}
