/** The rules of judgement and the arithmetic of exclusions, on events that are made for one of them each. */
import { type Analysis, analyse } from '@sluice/hub/promote';
import type { Document } from '@sluice/spool';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../event-store/memory-store.ts';
import { event, NOW, record, rule } from '../events-cli/support.ts';

interface Made {
  readonly source: string;
  readonly path?: string;
  readonly rules?: readonly Document[];
  readonly more?: Document;
  readonly waf?: Document;
}

const inField = (id: string, variable: string, score = 5, family = 'sqli'): Document =>
  rule(id, score, { targets: [{ variable, value: 'x', score }], tags: [`attack-${family}`] });

const documentOf = ({ source, path = '/search', rules, more, waf }: Made, index: number): Document => {
  const matched = rules ?? [inField('942100', 'ARGS:q')];
  const score = matched.reduce((sum, each) => sum + Number(each.score), 0);
  return event({
    id: `e${index}`,
    ago: 60_000 - index,
    outcome: 'would block',
    rules: [...matched, rule('949110', 0)],
    waf: {
      scores: { blocking_inbound_anomaly_score: score, inbound_anomaly_score_threshold: 5 },
      ...waf,
    },
    more: { source: { ip: source }, url: { original: path, path, domain: 'shop.example' }, ...more },
  });
};

async function analysed(made: readonly Made[], workload = 'shop'): Promise<Analysis> {
  const store = new MemoryStore();
  const outcomes = await store.append(made.map((each, at) => record(documentOf(each, at), `e${at}`)));
  expect(outcomes.every(({ kind }) => kind === 'stored')).toBe(true);
  return analyse(store, { workload, from: NOW - 86_400_000, to: NOW + 1 });
}

const users = (count: number, made: Omit<Made, 'source'> = {}): readonly Made[] =>
  Array.from({ length: count }, (_, at) => ({ source: `198.51.100.${at + 1}`, ...made }));

/** Who has tried other things before: five paths more, with payloads of three families. */
const prober = (source: string): readonly Made[] =>
  ['sqli', 'xss', 'rce', 'lfi', 'php', 'java'].map((family, at) => ({
    source,
    path: `/path-${'abcdef'[at]}`,
    rules: [inField('999000', 'ARGS:id', 5, family)],
  }));

const verdicts = ({ groups }: Analysis): Readonly<Record<string, string>> =>
  Object.fromEntries(groups.map(({ rule: id, target, judgement }) => [`${id} ${target}`, judgement.verdict]));

describe('a group of refused requests', () => {
  it('of many users in one field with a low score is a false positive', async () => {
    expect(verdicts(await analysed(users(10)))).toEqual({ '942100 ARGS:q': 'false positive' });
  });

  it('of one user is none, however often', async () => {
    const analysis = await analysed(Array.from({ length: 20 }, () => ({ source: '198.51.100.1' })));
    expect(verdicts(analysis)).toEqual({ '942100 ARGS:q': 'unclear' });
    expect(analysis.exclusions.proposed).toEqual([]);
  });

  it('of few users is none, however little speaks against it', async () => {
    expect(verdicts(await analysed(users(3)))).toEqual({ '942100 ARGS:q': 'unclear' });
    expect(verdicts(await analysed(users(5)))).toEqual({ '942100 ARGS:q': 'false positive' });
  });

  it('of scanners is an attack', async () => {
    const rules = [
      inField('942100', 'ARGS:q'),
      inField('913100', 'REQUEST_HEADERS:User-Agent', 5, 'reputation-scanner'),
    ];
    expect(verdicts(await analysed(users(10, { rules })))).toMatchObject({ '942100 ARGS:q': 'attack' });
  });

  it('in which requests match in several families and fields is an attack', async () => {
    const rules = [inField('942100', 'ARGS:q'), inField('941100', 'ARGS:r', 5, 'xss')];
    expect(verdicts(await analysed(users(10, { rules })))).toMatchObject({ '942100 ARGS:q': 'attack' });
  });

  it('keeps its verdict in whatever order events come', async () => {
    const made = [...users(10), ...prober('203.0.113.1'), ...users(7, { path: '/other' })];
    const [one, other] = [await analysed(made), await analysed(made.toReversed())];
    expect(other.groups.map(({ judgement }) => judgement)).toEqual(
      one.groups.map(({ judgement }) => judgement),
    );
    expect(other.exclusions.proposed).toEqual(one.exclusions.proposed);
  });

  it('is counted with what floods left out', async () => {
    const analysis = await analysed(
      users(10, { waf: { flood: { count: 9 } } }).map((each, at) => ({
        ...each,
        waf: {
          scores: { blocking_inbound_anomaly_score: 5, inbound_anomaly_score_threshold: 5 },
          flood: { count: 9 },
        },
        path: at < 10 ? '/search' : '/',
      })),
    );
    expect(analysis.groups[0]).toMatchObject({ requests: 100, events: 10 });
    expect(analysis.exclusions.proposed[0]?.arithmetic).toBe('estimate');
  });
});

describe('an exclusion', () => {
  it('is the narrowest: rules that need not go stay', async () => {
    // 5 + 3: without the first 3 are left, which is below 5.
    const rules = [inField('942100', 'ARGS:q', 5), inField('942999', 'ARGS:q', 3)];
    const { exclusions } = await analysed(users(10, { rules }));
    expect(exclusions.proposed.map(({ exclusion }) => exclusion)).toEqual([
      expect.objectContaining({ rules: [942100], targets: ['ARGS:q'], paths: ['/search'] }),
    ]);
    expect(exclusions.proposed[0]).toMatchObject({ arithmetic: 'exact', clears: 10, hits: 10 });
  });

  it('with which an attack would pass is never proposed', async () => {
    const source = '203.0.113.1';
    const { exclusions } = await analysed([...users(10), ...prober(source), { source }]);
    expect(exclusions.proposed).toEqual([]);
    expect(exclusions.refused).toEqual([
      expect.objectContaining({ attacks: 1, clears: 10, examples: ['e16'] }),
    ]);
    expect(exclusions).toMatchObject({ cleared: 0, notCleared: 10 });
  });

  it('stays proposed where the attack in the same field scores by another rule, too', async () => {
    const source = '203.0.113.1';
    const rules = [inField('942100', 'ARGS:q'), inField('942190', 'ARGS:q')];
    const { exclusions } = await analysed([...users(10), ...prober(source), { source, rules }]);
    expect(exclusions.proposed).toHaveLength(1);
    expect(exclusions.proposed[0]).toMatchObject({ hits: 11, clears: 10 });
  });

  it('says what else would pass with it', async () => {
    const comments = users(10).map((each, at) => ({ ...each, path: `/posts/${at}/comments` }));
    const { exclusions } = await analysed([...comments, { source: '198.51.100.1', path: '/posts/1/likes' }]);
    expect(exclusions.proposed.map(({ exclusion }) => exclusion.paths)).toEqual([['/posts/*']]);
    expect(exclusions).toMatchObject({ cleared: 10, alsoPass: 1 });
  });

  it('is an estimate where targets that matched are not stored', async () => {
    const rules = [{ ...inField('942100', 'ARGS:q'), targets_left_out: 2, score: 5 }];
    const { exclusions } = await analysed(users(10, { rules }));
    expect(exclusions.proposed[0]?.arithmetic).toBe('estimate');
  });

  it('is never named by what an attacker chose as a name', async () => {
    const rules = [inField('942100', "ARGS_NAMES:' or 1=1--")];
    const { groups, exclusions } = await analysed(users(10, { rules }));
    expect(groups[0]?.target).toBe('ARGS_NAMES:{…}');
    expect(exclusions.proposed).toEqual([]);
  });

  it('does nothing for what could not be inspected', async () => {
    const made = users(10, {
      rules: [],
      more: { event: { action: 'uninspectable', type: ['allowed'], kind: 'event', dataset: 'sluice.waf' } },
      waf: { cause: 'body_size', scores: {} },
    });
    const { groups, exclusions } = await analysed(made);
    expect(groups[0]).toMatchObject({ rule: 'body_size', target: '(cannot be inspected)', events: 10 });
    expect(exclusions.proposed).toEqual([]);
  });
});

describe('a workload', () => {
  const destination = {
    namespace: 'prod',
    owner: 'Deployment/web',
    services: ['front'],
  };

  it.each(['shop', 'prod/Deployment/web', 'prod/web', 'web', 'Deployment/web', 'front', 'prod/front'])(
    'is found by %s',
    async (name) => {
      expect(
        (await analysed(users(3, { waf: { policy: 'shop', destination, would_block: true } }), name)).events,
      ).toBe(3);
    },
  );

  it.each(['sho', 'test/web', 'eb', 'prod/Deployment/front', '*'])('is not found by %s', async (name) => {
    expect(
      (await analysed(users(3, { waf: { policy: 'shop', destination, would_block: true } }), name)).events,
    ).toBe(0);
  });
});
