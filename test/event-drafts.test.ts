/** An event that another thread makes of a draft is the one that the thread of its request would have made. */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  buildEvent,
  draftEvent,
  type EventContext,
  type EventDraft,
  type EventOptions,
  eventOfDraft,
  overlayFor,
  type TransactionResult,
  type WafEvent,
} from '../packages/engine/src/index.ts';
import { crsRequests, crsUnit, engine, judgeBy } from './crs-events.ts';

const COMPILE_MILLIS = 600_000;
const CONTEXT: EventContext = {
  observer: { hostname: 'node-1', version: '0.1.0', process: '7' },
  ruleSet: '0123456789ab',
  masking: { names: ['pin', 'file'], headers: ['x-own'], hashKey: new Uint8Array(32).fill(7) },
};
const ABOUT = {
  probe: true,
  scheme: 'https',
  latencyMicros: 9,
  source: { namespace: 'shop', pod: 'shop-1', labels: ['app=shop'] },
} as const satisfies EventOptions;

/** As the other thread gets it. */
const copied = (draft: EventDraft): EventDraft => structuredClone(draft);

/** Ids are drawn. */
const asKept = (event: WafEvent): unknown =>
  JSON.parse(JSON.stringify({ ...event, event: { ...event.event, id: '' } }));

const drafted = (result: TransactionResult, about: EventOptions = {}, context: EventContext = CONTEXT) =>
  eventOfDraft(copied(draftEvent(result, 'id-1', context, about)));

let results: readonly TransactionResult[];

beforeAll(() => {
  const unit = crsUnit();
  const rules = engine.loadRules([
    {
      path: 'own.conf',
      text: `SecRule ARGS:token "@rx (.+)" "id:1,phase:2,pass,capture,log,logdata:'%{TX.1}',setvar:'tx.kept=%{TX.1}',chain"
  SecRule TX:kept "@unconditionalMatch" ""
SecRule ARGS:a "@unconditionalMatch" "id:2,phase:2,pass,log,logdata:'%{TX.kept}',sanitiseMatched"
SecRule RESPONSE_HEADERS:Set-Cookie "@unconditionalMatch" "id:3,phase:3,pass,log"
`,
    },
  ]);
  const overlay = { name: 'shop', paranoia: 4, responseBody: { inspect: true }, after: [rules] } as const;
  const block = engine.ruleSet(unit, overlayFor({ ...overlay, mode: 'Block' }));
  const detect = engine.ruleSet(unit, overlayFor({ ...overlay, mode: 'Detect' }));
  const answer = {
    attributes: {
      status: 200,
      protocol: 'HTTP/1.1',
      headers: [
        ['Content-Type', 'text/html'],
        ['Set-Cookie', 'sid=abcdefgh12345'],
      ],
    },
    body: 'You have an error in your SQL syntax; check the manual that corresponds to your MySQL server',
  } as const;
  const requests = crsRequests(5);
  expect(requests.length).toBeGreaterThan(800);
  const [first] = requests;
  const own = (uri: string, body: string, type: string) => {
    if (first === undefined) return [];
    const headers = [
      ['Host', 'shop.example'],
      ['Cookie', 'sid=abcdefgh12345; b=2'],
      ['Authorization', 'Basic dXNlcjpzZWNyZXQxMjM='],
      ['X-Own', 'policy-secret-1'],
      ['Content-Type', type],
    ] as const;
    return [{ attributes: { ...first.attributes, method: 'POST', uri, headers }, body: Buffer.from(body) }];
  };
  const secret = [
    ...own(
      '/x?token=abcdefgh&a=hidden-1&q=%C3%BC',
      'token=fedcba9876&a=2',
      'application/x-www-form-urlencoded',
    ),
    ...own('/x?pin=1234567', '<r><password>topsecret1</password></r>', 'text/xml'),
    ...own('/x', '{"password":"topsecret2","a":"4111111111111111"}', 'application/json'),
    ...own('/x?a=%FF%00', '{', 'application/json'),
  ];
  results = [...requests, ...secret].flatMap((request) => [
    judgeBy(block, request),
    judgeBy(detect, request, answer),
  ]);
}, COMPILE_MILLIS);

describe('the event of a draft', () => {
  it('is that of the transaction, for requests of the CRS, with secrets in every place', () => {
    for (const result of results) {
      const whole = buildEvent(result, { ...CONTEXT, ...ABOUT });
      expect(asKept(drafted(result, ABOUT))).toEqual(asKept(whole));
    }
    const text = JSON.stringify(results.map((result) => drafted(result, ABOUT)));
    for (const kept of ['abcdefgh', 'fedcba9876', 'secret123', 'policy-secret-1', 'topsecret', '41111111'])
      expect(text).not.toContain(kept);
    expect(text).toContain('"hash":"');
  });

  it('is that of the transaction where nothing else is known, or the client has left', () => {
    const gone = { skipped: ['request: client gone'], requestBytesSeen: 9, requestBytesPassed: 3 };
    const coverage = { ...gone, responseBytesSeen: 0, responseBytesPassed: 0 };
    for (const result of results.slice(-40)) {
      expect(asKept(drafted(result, {}, {}))).toEqual(asKept(buildEvent(result)));
      expect(asKept(drafted(result, { coverage }))).toEqual(
        asKept(buildEvent(result, { ...CONTEXT, coverage })),
      );
    }
  });

  it('has the id that it was given', () => {
    for (const result of results.slice(0, 3)) expect(drafted(result).event.id).toBe('id-1');
  });
});
