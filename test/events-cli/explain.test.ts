/** `sluice events explain`: the story of a stored event. */
import type { Document } from '@sluice/spool';
import { describe, expect, it } from 'vitest';
import { runExplain } from '../../packages/cli/src/events/explain.ts';
import { tellEvent } from '../../packages/cli/src/events/story.ts';
import { type EventParts, event, rule, speaking, storeWith } from './support.ts';

async function explain(
  events: readonly EventParts[],
  id: string,
  flags: { json?: true; verbose?: true } = {},
) {
  const spoken = speaking(await storeWith(events));
  const status = await runExplain(id, flags, spoken);
  return { status, out: spoken.out(), err: spoken.err() };
}

const RULES: readonly Document[] = [
  rule('942100', 5, {
    targets: [
      { variable: 'ARGS:q', value: "' UNION", score: 3 },
      { variable: 'ARGS:r', value: '***', score: 2, hash: 'f00d' },
    ],
  }),
  rule('942190', 3, { targets_left_out: 7 }),
  rule('942999', 4, { paranoia_level: 2 }),
  rule('920300', 0, { message: 'Missing Accept' }),
  rule('949110', 0),
];

const scored = (blocking: number): Document => ({
  scores: { blocking_inbound_anomaly_score: blocking, inbound_anomaly_score_threshold: 5 },
});

describe('explain', () => {
  it('tells why a request was refused, with each target and the score as it grows', async () => {
    const { status, out } = await explain([{ id: 'a', rules: RULES, waf: scored(8) }], 'request-a');
    expect(status).toBe(0);
    for (const line of [
      'DENIED  GET shop.example/search?q=1',
      'Rule 949110 answers with status 403: its anomaly score is 8, and 5 or more is denied.',
      '2026-11-23T12:00:00.000Z, from 203.0.113.7:1234 to 10.0.0.1:80',
      '942100  message of 942100  score 0 → 5 of 5',
      '  REQUEST-942.conf:45, phase 2, paranoia level 1, critical',
      "  ARGS:q = ' UNION +3",
      '  ARGS:r = *** (hash f00d) +2',
      '942190  message of 942190  score 5 → 8 of 5',
      '  and 7 that the event does not list; the score has them',
      "942999  message of 942999  +4, not counted: above the policy's paranoia level",
      'Matched without a score:',
      '  920300  Missing Accept',
      'request body: 10 bytes came, 0 went on',
    ]) {
      expect(out.split('\n')).toContain(line);
    }
    expect(out).toContain('The event has no header fields, bodies');
    expect(out).not.toContain('come to');
  });

  it('says where the rules do not come to the score', async () => {
    const { out } = await explain([{ id: 'a', rules: RULES, waf: scored(6) }], 'a');
    expect(out).toContain("The rules above come to 12; the request's score is 6.");
  });

  it('tells what Block would have done, and what the policy lets pass', async () => {
    const events: readonly EventParts[] = [
      { id: 'a', outcome: 'would block' },
      { id: 'b', outcome: 'cut short', waf: { coverage: { skipped: ['request_body: limit'] } } },
      { id: 'c', outcome: 'allowed' },
    ];
    const detected = await explain(events, 'a');
    expect(detected.out).toMatch(/^WOULD BE DENIED {2}GET/);
    expect(detected.out).toContain('Rule 949110 would answer with status 403: its anomaly score is 5');
    const cut = await explain(events, 'b');
    expect(cut.out).toContain('ALLOWED, NOT INSPECTED TO ITS END');
    expect(cut.out).toContain('(body_partial): half a body. The policy lets such requests pass.');
    expect(cut.out).toContain('Not inspected:\n  request_body: limit');
    expect((await explain(events, 'c')).out).toContain('No rule denies it; its anomaly score is 0');
  });

  it('names the rule that denies by itself', async () => {
    const rules = [
      rule('1', 0, { message: 'No robots', targets: [{ variable: 'REQUEST_URI', value: '/x', score: 0 }] }),
    ];
    const { out } = await explain([{ id: 'a', rules, more: { rule: { id: '1' } } }], 'a');
    expect(out).toContain('Rule 1 answers with status 403: No robots.');
    expect(out).toContain('1  No robots  denies');
  });

  it('shows all events of a request id that was sent again, newest first', async () => {
    const events = [
      { id: 'a', ago: 2_000, requestId: 'same' },
      { id: 'b', ago: 1_000, requestId: 'same' },
    ];
    const { out, err } = await explain(events, 'same');
    expect([...out.matchAll(/^event (\w)/gm)].map(([, id]) => id)).toEqual(['b', 'a']);
    expect(err).toBe('there are 2 events with the request id same\n');
    expect((await explain(events, 'a')).out).not.toContain('event b');
  });

  it('is JSON for programs', async () => {
    const { out } = await explain([{ id: 'a', rules: RULES, waf: scored(8) }], 'a', { json: true });
    expect(JSON.parse(out)).toMatchObject({
      outcome: 'blocked',
      inbound: { score: 8, threshold: 5, told: 8 },
      rules: [
        { id: '942100', before: 0, after: 5, counts: true },
        {},
        { counts: false },
        {},
        { decides: true },
      ],
    });
  });

  it('ends with 4 where there is none', async () => {
    const { status, err } = await explain([], 'z');
    expect([status, err]).toEqual([
      4,
      'sqlite:/nowhere/events.db has no event of z; clean requests make none\n',
    ]);
  });
});

it('counts what the response scored by itself', () => {
  const rules = [rule('942100', 5), rule('951100', 4, { phase: 4 })];
  const scores = {
    blocking_inbound_anomaly_score: 5,
    blocking_outbound_anomaly_score: 4,
    outbound_anomaly_score_threshold: 4,
  };
  const story = tellEvent(event({ id: 'a', rules, waf: { scores } }));
  expect(story.outbound).toEqual({ score: 4, threshold: 4, told: 4 });
  expect(story.rules.map(({ before, after }) => [before, after])).toEqual([
    [0, 5],
    [0, 4],
  ]);
});

it('takes an event of which everything is missing', async () => {
  const story = tellEvent({ waf: { rules: [null, 1, 'x', {}] }, event: [] });
  expect(story.rules).toHaveLength(3);
});
