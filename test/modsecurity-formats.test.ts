/** Events in the forms of ModSecurity's audit logs: what their readers look for, and nothing that a value could forge. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildEvent, overlayFor, type RuleSet } from '../packages/engine/src/index.ts';
import {
  corazaJson,
  type Document,
  modsecurityJson,
  modsecurityNative,
} from '../packages/spool/src/index.ts';
import { crsRequests, crsUnit, engine, judgeBy } from './crs-events.ts';

const COMPILE_MILLIS = 600_000;

const CONTEXT = { observer: { hostname: 'node-1', version: '0.1.0', process: '7' } };

const attackOf = (uri: string) => ({
  attributes: {
    id: 'req-1',
    method: 'GET',
    uri,
    protocol: 'HTTP/1.1',
    headers: [
      ['Host', 'shop.example'] as const,
      ['User-Agent', 'curl/8'] as const,
      ['Accept', '*/*'] as const,
    ],
    client: { address: '203.0.113.7', port: 40_000 },
    server: { address: '10.0.0.2', port: 8_080 },
  },
  body: Buffer.from(''),
});

let block: RuleSet;
let attack: Document;

beforeAll(() => {
  block = engine.ruleSet(crsUnit(), overlayFor({ name: 'shop', mode: 'Block' }));
  attack = buildEvent(judgeBy(block, attackOf("/?id=1'+or+1=1--")), CONTEXT);
}, COMPILE_MILLIS);

describe("ModSecurity's JSON", () => {
  it('has the transaction and its messages', () => {
    expect(modsecurityJson(attack)).toMatchObject({
      transaction: {
        client_ip: '203.0.113.7',
        client_port: 40_000,
        host_ip: '10.0.0.2',
        host_port: 8_080,
        unique_id: 'req-1',
        server_id: 'node-1',
        time_stamp: expect.stringMatching(/^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/),
        request: {
          method: 'GET',
          http_version: '1.1',
          uri: "/?id=1'+or+1=1--",
          headers: { Host: 'shop.example', 'User-Agent': 'curl/8' },
        },
        response: { http_code: 403 },
        producer: {
          modsecurity: 'Sluice/0.1.0',
          secrules_engine: 'Enabled',
          components: [expect.stringMatching(/^OWASP_CRS\/4\./)],
        },
        messages: expect.arrayContaining([
          expect.objectContaining({
            message: 'SQL Injection Attack Detected via libinjection',
            details: expect.objectContaining({
              ruleId: '942100',
              severity: '2',
              lineNumber: expect.any(String),
            }),
          }),
        ]),
      },
    });
  });

  it('of Coraza has the messages beside it', () => {
    expect(corazaJson(attack)).toMatchObject({
      transaction: {
        id: 'req-1',
        is_interrupted: true,
        request: { protocol: 'HTTP/1.1', headers: { host: ['shop.example'] } },
        response: { status: 403 },
        producer: { rule_engine: 'On' },
      },
      messages: expect.arrayContaining([
        expect.objectContaining({ data: expect.objectContaining({ id: 942_100, severity: 2 }) }),
      ]),
    });
  });
});

const SECTIONS = ['A', 'B', 'F', 'H', 'Z'];
const BOUNDARY = /^--([0-9a-z]{8})-([A-Z])--$/gm;

describe("ModSecurity's native form", () => {
  it('has its sections, with what they hold', () => {
    const text = modsecurityNative(attack);
    const boundaries = [...text.matchAll(BOUNDARY)];
    expect(boundaries.map(([, , letter]) => letter)).toEqual(SECTIONS);
    expect(new Set(boundaries.map(([, boundary]) => boundary)).size).toBe(1);
    expect(text).toMatch(
      /^\[\d\d\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8} \+0000\] req-1 203\.0\.113\.7 40000 10\.0\.0\.2 8080$/m,
    );
    expect(text).toContain("\nGET /?id=1'+or+1=1-- HTTP/1.1\nHost: shop.example\n");
    expect(text).toContain('\nHTTP/1.1 403\n');
    expect(text).toMatch(
      /^Message: Warning\. Matched "1' or 1=1--" at ARGS:id\. \[file "[^"]+942-[^"]+"\] \[line "\d+"\] \[id "942100"\]/m,
    );
    expect(text).toMatch(/^Message: Access denied with code 403 \(phase 2\)\..* \[id "949110"\]/m);
    expect(text).toContain('\nAction: Intercepted (phase 2)\n');
    expect(text).toContain('\nEngine-Mode: "ENABLED"\n');
  });

  it('has the same lines whatever values a client sends', () => {
    const boundary = /--([0-9a-z]{8})-A--/.exec(modsecurityNative(attack))?.[1] ?? '';
    const piece = fc.constantFrom(
      '\n',
      '\r\n',
      `--${boundary}-Z--`,
      '\u2028',
      '"',
      '\\',
      "'",
      'Message: x',
      '\0',
      'é',
      '%0a',
    );
    const value = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(value, value, value, (path, agent, data) => {
        const forged: Document = {
          ...attack,
          url: { original: path, domain: agent, path },
          user_agent: { original: agent },
          http: { request: { id: data, method: path, referrer: agent }, version: '1.1' },
          waf: {
            rules: [
              {
                id: '1',
                message: data,
                data,
                tags: [data],
                file: 'f',
                targets: [{ variable: data, value: data }],
              },
            ],
          },
        };
        const text = modsecurityNative(forged);
        const found = [...text.matchAll(BOUNDARY)].map(([, , letter]) => letter);
        expect(found).toEqual(SECTIONS);
        const [, rules = ''] = text.split(/^--[0-9a-z]{8}-H--$/m);
        expect(rules.match(/^Message: /gm)).toHaveLength(1);
        expect(text.split(/\n|\r|\u2028/)).toHaveLength(text.split('\n').length);
      }),
    );
  });

  it('is made of all documents, whatever they lack', () => {
    for (const document of [{}, { waf: { rules: [1, null, {}] } }, { '@timestamp': 'x', event: { id: 7 } }]) {
      expect([...modsecurityNative(document).matchAll(BOUNDARY)]).toHaveLength(SECTIONS.length);
      expect(JSON.parse(JSON.stringify([modsecurityJson(document), corazaJson(document)]))).toHaveLength(2);
    }
    for (const request of crsRequests(97)) {
      const event = buildEvent(judgeBy(block, request), CONTEXT);
      expect([...modsecurityNative(event).matchAll(BOUNDARY)]).toHaveLength(SECTIONS.length);
      expect(modsecurityJson(event)).toHaveProperty('transaction.messages');
    }
  });
});
