import { describe, expect, it } from 'vitest';
import type { RawObject } from '../../src/cluster/source.ts';
import { endpointSliceOf, podOf, serviceOf } from '../../src/mirror/workloads.ts';

const raw = (fields: object): RawObject => ({
  metadata: {
    name: 'shop',
    namespace: 'shops',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  ...fields,
});

describe('a pod', () => {
  it('that is not scheduled has no node, no address, and counts', () => {
    expect(podOf(raw({ spec: { containers: [] }, status: { phase: 'Pending' } }))).toMatchObject({
      ...{ node: '', addresses: [], alive: true, ready: false, ports: [] },
    });
  });

  it('that has ended does not count', () => {
    expect(podOf(raw({ status: { phase: 'Failed' } })).alive).toBe(false);
    expect(podOf(raw({ status: { phase: 'Succeeded' } })).alive).toBe(false);
  });

  it('has all of its addresses; one that is told by its first alone has that', () => {
    const podIPs = [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }];
    expect(podOf(raw({ status: { podIP: '10.0.0.1', podIPs } })).addresses).toEqual(['10.0.0.1', 'fd00::1']);
    expect(podOf(raw({ status: { podIP: '10.0.0.1' } })).addresses).toEqual(['10.0.0.1']);
  });

  it('has the ports of TCP of what goes on in it, sidecars that begin first among them', () => {
    const port = (containerPort: number, name?: string, protocol?: string) => ({
      containerPort,
      name,
      protocol,
    });
    const spec = {
      containers: [{ ports: [port(80, 'http'), port(53, 'dns', 'UDP'), port(81)] }],
      initContainers: [
        { ports: [port(1, 'setup')] },
        { restartPolicy: 'Always', ports: [port(90, 'proxy')] },
      ],
    };
    expect(podOf(raw({ spec })).ports).toEqual([
      { name: 'http', port: 80 },
      { name: '', port: 81 },
      { name: 'proxy', port: 90 },
    ]);
  });
});

it('a Service without ports or type is read as the API server means it', () => {
  expect(serviceOf(raw({}))).toMatchObject({ type: 'ClusterIP', ports: [] });
});

it('ports of an EndpointSlice that are of no number, or not of TCP, are left out', () => {
  const ports = [
    { name: null, port: 80 },
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'any', port: null },
  ];
  const labels = { 'kubernetes.io/service-name': 'shop' };
  const slice = raw({ ports, endpoints: null });
  expect(endpointSliceOf({ ...slice, metadata: { ...slice.metadata, labels } })).toMatchObject({
    ports: [{ name: '', port: 80, appProtocol: null }],
    pods: [],
  });
});
