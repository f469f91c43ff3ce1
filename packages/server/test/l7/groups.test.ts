import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Groups, type L7Group, type L7Request } from '../../src/l7/groups.ts';
import { DEFAULT_L7, L7_LIMITS, type L7Settings } from '../../src/l7/limits.ts';
import { anyRequest, REQUEST } from './support.ts';

const grouped = (requests: readonly L7Request[], settings: Partial<L7Settings> = {}) => {
  const groups = new Groups({ ...DEFAULT_L7, ...settings }, () => 0);
  for (const request of requests) groups.add(request);
  return { groups: groups.take(), folds: groups.folds };
};

const sum = <T>(values: readonly T[], of: (value: T) => number): number =>
  values.reduce((total, value) => total + of(value), 0);

const countOf = (groups: readonly L7Group[]): number => sum(groups, ({ count }) => count);

describe('groups', () => {
  it('count every request once, whatever comes, in a bounded number of groups', () => {
    const tight = { destinationsMax: 2, templatesMax: 16, sourcesMax: 3, groupsMax: 100 };
    fc.assert(
      fc.property(fc.array(anyRequest, { maxLength: 600 }), (requests) => {
        for (const settings of [tight, {}]) {
          const { groups } = grouped(requests, settings);
          expect(countOf(groups)).toBe(requests.length);
          const numbers = (of: (request: L7Request) => number): number => sum(requests, of);
          expect(sum(groups, ({ blocked }) => blocked)).toBe(numbers(({ isBlocked }) => Number(isBlocked)));
          expect(sum(groups, (group) => group.wouldBlock)).toBe(numbers((one) => Number(one.wouldBlock)));
          expect(sum(groups, (group) => group.uninspectable)).toBe(
            numbers((one) => Number(one.isUninspectable)),
          );
          expect(sum(groups, ({ unjudged }) => unjudged)).toBe(numbers((one) => Number(one.isUnjudged)));
          expect(sum(groups, (group) => group.requestBytes)).toBe(numbers((one) => one.requestBytes));
          expect(sum(groups, (group) => group.responseBytes)).toBe(numbers((one) => one.responseBytes));
          expect(sum(groups, (group) => group.latencySum)).toBe(
            numbers((one) => Math.max(0, one.latencyMicros)),
          );
          expect(sum(groups, ({ latencies }) => sum(latencies ?? [], (bucket) => bucket))).toBe(
            sum(groups, ({ responses }) => responses),
          );
        }
        // A quarter more for coarser groups; two policies, six classes of status.
        expect(grouped(requests, tight).groups.length).toBeLessThanOrEqual(125 + 12);
      }),
      { numRuns: 40 },
    );
  });

  it('are told from each other by client, workload, method, template and status', () => {
    const others: Partial<L7Request>[] = [
      {},
      { client: '192.0.2.2' },
      { address: '10.0.0.2' },
      { port: 80 },
      { route: 'cart' },
      { policy: 'shop' },
      { method: 'POST' },
      { target: '/orders/17' },
      { status: 201 },
    ];
    const requests = others.map((other) => ({ ...REQUEST, ...other }));
    const { groups } = grouped([...requests, ...requests, { ...REQUEST, target: '/users/99?x=1' }]);
    expect(groups.map(({ count }) => count)).toEqual([3, 2, 2, 2, 2, 2, 2, 2, 2]);
    expect(groups[0]).toMatchObject({
      client: '192.0.2.1',
      method: 'GET',
      template: '/users/{id}',
      status: 200,
    });
  });

  it('are told from each other by all of these at once', () => {
    const requests = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'BREW'].flatMap((method) =>
      ['/a', '/b', '/c', '/d', '/a/1'].flatMap((target) =>
        [0, 200, 201, 599].map((status) => ({ ...REQUEST, method, target, status })),
      ),
    );
    const { groups } = grouped(requests);
    expect(groups.map(({ count }) => count)).toEqual(requests.map(() => 1));
  });

  it('are bounded in number where everything about requests differs, and the coarse take no room from others', () => {
    const settings = { groupsMax: 400 };
    const hostile = Array.from({ length: 20_000 }, (_, index) => ({
      ...REQUEST,
      client: `198.51.100.${index % 100}`,
      port: 1_000 + (index % 97),
      method: index % 2 === 0 ? 'GET' : 'POST',
      status: 100 + (index % 499),
      target: `/${'x'.repeat(1 + (index % 60))}`,
    }));
    const { groups } = grouped(hostile, settings);
    expect(countOf(groups)).toBe(20_000);
    expect(groups.length).toBeLessThanOrEqual(500 + 5);
    expect(groups.filter(({ isRestOfClients }) => !isRestOfClients)).toHaveLength(400);
  });

  it('make templates of what a workload has, not of what is refused or not there', () => {
    const guess = { ...REQUEST, target: '/admin/backup' };
    const { groups } = grouped([
      REQUEST,
      { ...guess, status: 404 },
      { ...guess, isBlocked: true, status: 403 },
      { ...guess, isUnjudged: true, status: 0 },
      { ...guess, status: 200 },
    ]);
    expect(groups.map(({ template }) => template)).toEqual([
      '/users/{id}',
      '/{…}',
      '/{…}',
      '/{…}',
      '/admin/backup',
    ]);
  });

  it('take methods that nobody knows for one', () => {
    const { groups } = grouped(['BREW', 'get', ''].map((method) => ({ ...REQUEST, method })));
    expect(groups).toMatchObject([{ method: 'OTHER', count: 3 }]);
  });

  it('leave room for others where one client scans', () => {
    const scan = Array.from({ length: 30_000 }, (_, index) => ({
      ...REQUEST,
      client: '198.51.100.1',
      port: 1_000 + (index % 200),
      status: 200 + Math.floor(index / 200),
    }));
    const others = Array.from({ length: 50 }, (_, index) => ({ ...REQUEST, client: `192.0.2.${index}` }));
    const { groups, folds } = grouped([...scan, ...others], { groupsMax: 1_100 });
    const own = groups.filter(({ client }) => client.startsWith('192.0.2.'));
    expect(own.map(({ template }) => template)).toEqual(others.map(() => '/users/{id}'));
    expect(countOf(groups)).toBe(30_050);
    expect(groups.filter(({ client }) => client === '198.51.100.1').length).toBeLessThanOrEqual(
      2 * L7_LIMITS.groupsPerSourceMax,
    );
    expect(folds.groups).toBeGreaterThan(20_000);
  });

  it('count clients and workloads beyond their bounds together, and say so', () => {
    const clients = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'];
    const { groups, folds } = grouped(
      clients.map((client) => ({ ...REQUEST, client })),
      { sourcesMax: 2 },
    );
    expect(groups.map(({ client, isRestOfClients, count }) => [client, isRestOfClients, count])).toEqual([
      ['192.0.2.1', false, 1],
      ['192.0.2.2', false, 1],
      ['', true, 2],
    ]);
    expect(folds).toMatchObject({ sources: 2, destinations: 0 });
    const workloads = grouped(
      [80, 81, 82, 83].map((port) => ({ ...REQUEST, port })),
      { destinationsMax: 2 },
    );
    expect(workloads.groups.map(({ destination, count }) => [destination.isRest, count])).toEqual([
      [false, 1],
      [false, 1],
      [true, 2],
    ]);
    expect(workloads.folds).toMatchObject({ sources: 0, destinations: 2 });
  });

  it('begin anew with each interval, and give room for workloads that are gone to new ones', () => {
    const groups = new Groups({ ...DEFAULT_L7, destinationsMax: 2 }, () => 0);
    for (const port of [1, 2]) groups.add({ ...REQUEST, port });
    groups.take();
    groups.add({ ...REQUEST, port: 2 });
    groups.take();
    for (const port of [2, 3]) groups.add({ ...REQUEST, port });
    expect(groups.take().map(({ destination }) => [destination.port, destination.isRest])).toEqual([
      [2, false],
      [3, false],
    ]);
    expect(groups.take()).toEqual([]);
  });

  it('learn templates anew when they are old', () => {
    let now = 0;
    const groups = new Groups({ ...DEFAULT_L7, templatesMax: 2 }, () => now);
    const ask = (target: string): string | undefined => {
      groups.add({ ...REQUEST, target });
      return groups.take()[0]?.template;
    };
    expect([ask('/a'), ask('/b'), ask('/c')]).toEqual(['/a', '/b', '{other}']);
    now = L7_LIMITS.templatesKeptMillis;
    groups.take();
    expect([ask('/c'), ask('/d'), ask('/a')]).toEqual(['/c', '/d', '{other}']);
  });
});
