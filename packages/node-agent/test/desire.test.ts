/** What should stand in a pod's namespace, for each state of Envoy and of the pod. */
import { describe, expect, it } from 'vitest';
import { desireOf, type EnvoyView } from '../src/pods/desire.ts';
import { Pod } from '../src/pods/pod.ts';
import type { TablePod } from '../src/table/schema.ts';

const MARK = 7;
const SPEC: TablePod = {
  namespace: 'shop',
  name: 'web',
  uid: 'u',
  networkNamespacePath: '/n',
  hostNetwork: false,
  ipFamilies: ['IPv4'],
  mode: 'Block',
  unavailable: 'Closed',
  policy: 'default',
  ports: [],
  exemptSources: [],
};

function pod(spec: Partial<TablePod>, isThere: boolean, isReleased = false): Pod {
  const made = new Pod({ ...SPEC, ...spec }, '/n', '1:2');
  made.ports = [
    { number: 443, state: 'NotInspected', reason: 'TlsWithoutKey' },
    { number: 81, state: 'Refused', reason: 'NotHttp' },
    { number: 80, state: 'Inspected', reason: null },
  ];
  made.installed = isThere
    ? { ports: [80, 81], redirectPort: 15_006, mark: MARK, exemptSources: [], ipFamilies: ['IPv4'] }
    : null;
  if (isReleased) made.wanted = null;
  return made;
}

const SERVING: EnvoyView = { state: 'Serving', redirectPort: 15_007 };
const through = { ports: [80, 81], redirectPort: null, mark: MARK, exemptSources: [], ipFamilies: ['IPv4'] };

describe('desireOf', () => {
  it('leads inspected and refused ports, and no others, to the Envoy that serves', () => {
    expect(desireOf(pod({}, false), SERVING, MARK)).toEqual({ ...through, redirectPort: 15_007 });
  });

  it('leads ports that are about to go to nobody, before Envoy has heard of it', () => {
    const own = pod({}, true);
    own.leaving = [81];
    expect(desireOf(own, SERVING, MARK)).toMatchObject({ ports: [80], redirectPort: 15_007 });
  });

  it('leaves all as it is while Envoy is at its configuration', () => {
    expect(desireOf(pod({}, true), { state: 'Busy' }, MARK)).toBe('Keep');
  });

  it.each([
    ['Block, Closed', { mode: 'Block', unavailable: 'Closed' }, 'Keep'],
    ['Block, Open', { mode: 'Block', unavailable: 'Open' }, through],
    ['Detect, whatever it says', { mode: 'Detect', unavailable: 'Closed' }, through],
    ['Off', { mode: 'Off', unavailable: 'Closed' }, through],
  ] as const)('with Envoy down, %s', (_, spec, desire) => {
    expect(desireOf(pod(spec, true), { state: 'Down' }, MARK)).toEqual(desire);
  });

  it('with Envoy down, keeps the ports whose own policy is Closed, and those alone', () => {
    const own = (unavailable: 'Closed' | 'Open') =>
      ({ number: 80, protocol: 'http', policy: { name: 'own', mode: 'Block', unavailable } }) as const;
    const down = (spec: Partial<TablePod>) => desireOf(pod(spec, true), { state: 'Down' }, MARK);
    expect(down({ unavailable: 'Open', ports: [own('Closed')] })).toEqual({
      ...through,
      ports: [80],
      redirectPort: 15_006,
    });
    expect(down({ unavailable: 'Closed', ports: [own('Open')] })).toEqual({
      ...through,
      ports: [81],
      redirectPort: 15_006,
    });
    expect(down({ unavailable: 'Closed', ports: [own('Closed')] })).toBe('Keep');
    expect(down({ unavailable: 'Open', ports: [own('Open')] })).toEqual(through);
  });

  it('installs nothing in a pod that Envoy never served', () => {
    for (const unavailable of ['Closed', 'Open'] as const)
      expect(desireOf(pod({ unavailable }, false), { state: 'Down' }, MARK)).toBe('Keep');
  });

  it('lets a released pod’s connections end, and leaves nothing where nothing is', () => {
    expect(desireOf(pod({}, true, true), SERVING, MARK)).toEqual(through);
    expect(desireOf(pod({}, false, true), SERVING, MARK)).toBe('Nothing');
  });
});
