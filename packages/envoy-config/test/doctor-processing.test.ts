/** Each way to break a sound configuration with ext_proc is found as what it is, once, where it is. */
import { describe, expect, it } from 'vitest';
import { diagnose, type GuardPolicy } from '../src/index.ts';
import { BROKEN_STREAMS, onRoute, overridesOf } from './support/broken-streams.ts';
import { ALL, codes, guard, type Loose, manager, node, proxy } from './support/documents.ts';

const STREAM: GuardPolicy = { mode: 'Block', unavailable: 'Closed', dataPath: 'ext_proc' };

const PROFILES = ['streaming', 'buffered', 'window'] as const;
const SOUND = ALL.flatMap((policy) =>
  PROFILES.flatMap((profile) =>
    [true, false].map((responses) => ({ ...STREAM, ...policy, profile, responses })),
  ),
);

describe('what we write', () => {
  it.each(SOUND)('has no finding: $mode, $unavailable, $profile, responses $responses', (policy) => {
    expect(codes(proxy(policy, { upgrades: ['websocket'] }))).toEqual([]);
    expect(codes(node(policy))).toEqual([]);
  });

  it('has none with two ways of asking either', () => {
    const routes = [{ prefix: '/old', policy: { name: 'old', mode: 'Block', unavailable: 'Open' } }];
    expect(codes(proxy(STREAM, { routes, upgrades: ['websocket'] }))).toEqual([]);
  });
});

describe('a policy in a stream that has been changed:', () => {
  it.each(BROKEN_STREAMS)('%s is %s', (_, code, place, change) => {
    const document = proxy(STREAM, { upgrades: ['websocket'] });
    change(document);
    const { findings } = diagnose(document);
    expect(findings.map((one) => one.code)).toEqual([code]);
    expect(findings[0]?.place).toMatch(place);
    expect(`${findings[0]?.message}${findings[0]?.remedy}`).not.toMatch(/\{(?!mode: Block)\w+\}(?!\))/);
  });

  it('may have upgrades on the common way, but for those that collect bodies', () => {
    const document = (profile: 'streaming' | 'buffered'): Loose => {
      const made = proxy({ ...STREAM, profile }, { upgrades: ['websocket'] });
      delete manager(made).upgrade_configs[0].filters;
      guard(made).processing_mode = overridesOf(made)[0].processing_mode;
      return made;
    };
    expect(codes(document('streaming'))).toEqual([]);
    expect(codes(document('buffered'))).toEqual(['UPGRADE_HANGS']);
  });

  it('is read as well where its fields are spelt as JSON has them', () => {
    const document = proxy({ ...STREAM, profile: 'buffered' });
    const { http2_protocol_options: options, ...rest } = manager(document);
    const { initial_stream_window_size: initialStreamWindowSize } = options;
    document.static_resources.listeners[0].filter_chains[0].filters[0].typed_config = {
      ...rest,
      http2ProtocolOptions: { initialStreamWindowSize },
    };
    expect(codes(document)).toEqual([]);
  });

  it('collects more than a message holds where HTTP/2 may send as much', () => {
    const document = proxy({ ...STREAM, profile: 'buffered' });
    delete manager(document).http2_protocol_options.initial_stream_window_size;
    expect(codes(document)).toEqual(['BODY_OVER_MESSAGE']);
  });

  it.each([
    [
      'closed',
      (d: Loose) =>
        onRoute(d, (o) => {
          o.failure_mode_allow = false;
        }),
    ],
    [
      'collecting',
      (d: Loose) =>
        onRoute(d, (o) => {
          o.processing_mode.request_body_mode = 'BUFFERED';
          o.grpc_initial_metadata.find(({ key }: Loose) => key === 'sluice-profile').value = 'buffered';
        }),
    ],
  ])('%s in Detect refuses requests', (_, change) => {
    const document = proxy({ ...STREAM, mode: 'Detect' });
    change(document);
    expect(codes(document)).toEqual(['DETECT_REFUSES']);
  });
});
