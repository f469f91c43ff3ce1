/** OTLP/HTTP logs, against a receiver that takes nothing but what the protocol has. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sink } from '@sluice/shipper';
import { openSink, sinkSchema } from '@sluice/shipper/sinks';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { recordOf, recordsOf } from '../hub/documents.ts';
import { type Receiver, type Reply, startReceiver } from './receiver.ts';

/** ExportLogsServiceRequest in JSON (opentelemetry-proto 1.5), strict: unknown fields are errors. */
const REQUEST = {
  $ref: '#/$defs/request',
  $defs: {
    uint64: { type: 'string', pattern: '^[0-9]+$' },
    any: {
      type: 'object',
      minProperties: 1,
      maxProperties: 1,
      additionalProperties: false,
      properties: {
        stringValue: { type: 'string' },
        boolValue: { type: 'boolean' },
        intValue: { type: 'string', pattern: '^-?[0-9]+$' },
        doubleValue: { type: 'number' },
        arrayValue: {
          type: 'object',
          additionalProperties: false,
          properties: { values: { type: 'array', items: { $ref: '#/$defs/any' } } },
        },
        kvlistValue: {
          type: 'object',
          additionalProperties: false,
          properties: { values: { $ref: '#/$defs/attributes' } },
        },
      },
    },
    attributes: {
      type: 'array',
      items: {
        type: 'object',
        required: ['key', 'value'],
        additionalProperties: false,
        properties: { key: { type: 'string', minLength: 1 }, value: { $ref: '#/$defs/any' } },
      },
    },
    log: {
      type: 'object',
      required: ['timeUnixNano', 'severityNumber', 'body'],
      additionalProperties: false,
      properties: {
        timeUnixNano: { $ref: '#/$defs/uint64' },
        observedTimeUnixNano: { $ref: '#/$defs/uint64' },
        severityNumber: { type: 'integer', minimum: 1, maximum: 24 },
        severityText: { type: 'string' },
        eventName: { type: 'string' },
        body: { $ref: '#/$defs/any' },
        attributes: { $ref: '#/$defs/attributes' },
        traceId: { type: 'string', pattern: '^[0-9a-fA-F]{32}$' },
        spanId: { type: 'string', pattern: '^[0-9a-fA-F]{16}$' },
      },
    },
    request: {
      type: 'object',
      additionalProperties: false,
      required: ['resourceLogs'],
      properties: {
        resourceLogs: {
          type: 'array',
          items: {
            type: 'object',
            additionalProperties: false,
            properties: {
              resource: {
                type: 'object',
                additionalProperties: false,
                properties: { attributes: { $ref: '#/$defs/attributes' } },
              },
              scopeLogs: {
                type: 'array',
                items: {
                  type: 'object',
                  additionalProperties: false,
                  properties: {
                    scope: { type: 'object', properties: { name: { type: 'string' } } },
                    logRecords: { type: 'array', items: { $ref: '#/$defs/log' } },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
} as const;

interface Attribute {
  readonly key: string;
  readonly value: Record<string, unknown>;
}
interface Log {
  readonly timeUnixNano: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly eventName: string;
  readonly attributes: readonly Attribute[];
  readonly traceId?: string;
  readonly spanId?: string;
}
interface Export {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeLogs: readonly { readonly logRecords: readonly Log[] }[];
  }[];
}

const validate = new Ajv2020().compile(REQUEST);
const never = new AbortController().signal;
const directory = mkdtempSync(join(tmpdir(), 'sluice-otlp-'));
const tokenFile = join(directory, 'token');
writeFileSync(tokenFile, 'of the collector\n');
afterAll(() => rmSync(directory, { recursive: true }));
let receiver: Receiver;
let sink: Sink;

const start = async (answer: (logs: readonly Log[], index: number) => Reply): Promise<void> => {
  receiver = await startReceiver(({ text, path }, index) => {
    const body: unknown = JSON.parse(text);
    if (path !== '/otel/v1/logs' || !validate(body))
      return { status: 400, body: { message: validate.errors } };
    return answer(logsOf(body as unknown as Export), index);
  });
  sink = openSink(
    sinkSchema.parse({
      type: 'otlp',
      url: `${receiver.url}/otel/`,
      headers: { 'x-token': { path: tokenFile } },
    }),
  );
};
afterEach(async () => {
  await sink.close();
  await receiver.close();
});

const logsOf = ({ resourceLogs }: Export): readonly Log[] =>
  resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
const idOf = (log: Log): unknown => attributeOf(log, 'event.id')?.stringValue;
const attributeOf = (log: Log, name: string): Record<string, unknown> | undefined =>
  log.attributes.find(({ key }) => key === name)?.value;
const taken = { status: 200, body: {} };

describe('log records', () => {
  it('say what the documents say, in the form that the protocol has', async () => {
    await start(() => taken);
    const record = recordOf('node-a', 7, {
      event: { id: 'node-a-00000007', action: 'deny', severity: 2, duration: 12 },
      trace: { id: '0af7651916cd43dd8448eb211c80319c' },
      span: { id: 'b7ad6b7169203331' },
      waf: { would_block: true, rules: [{ id: '942100', line: 3 }], share: 0.5, none: null },
      msg: 'WAF check FAILED!',
    });
    expect(await sink.deliver([record], never)).toEqual([{ kind: 'stored' }]);
    const [request] = receiver.received;
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-token': 'of the collector',
    });
    const [exported] = (JSON.parse(request?.text ?? '') as Export).resourceLogs;
    expect(exported?.resource.attributes).toEqual([
      { key: 'service.name', value: { stringValue: 'sluice' } },
      { key: 'host.name', value: { stringValue: 'node-a' } },
    ]);
    const log = exported?.scopeLogs[0]?.logRecords[0] as Log;
    expect(log).toMatchObject({
      timeUnixNano: `${Date.UTC(2026, 10, 23) + 7}000000`,
      severityNumber: 18,
      severityText: 'ERROR2',
      eventName: 'sluice.waf',
      body: { stringValue: 'WAF check FAILED!' },
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
    });
    expect(idOf(log)).toBe('node-a-00000007');
    expect(attributeOf(log, 'event.duration')).toEqual({ intValue: '12' });
    expect(attributeOf(log, 'waf.share')).toEqual({ doubleValue: 0.5 });
    expect(attributeOf(log, 'waf.would_block')).toEqual({ boolValue: true });
    expect(attributeOf(log, 'waf.none')).toBeUndefined();
    const rule = [
      { key: 'id', value: { stringValue: '942100' } },
      { key: 'line', value: { intValue: '3' } },
    ];
    expect(attributeOf(log, 'waf.rules')).toEqual({
      arrayValue: { values: [{ kvlistValue: { values: rule } }] },
    });
  });

  it.each([
    [0, 21],
    [1, 19],
    [2, 18],
    [3, 17],
    [4, 13],
    [5, 10],
    [6, 9],
    [7, 5],
  ])('of severity %i have the number %i', async (severity, number) => {
    await start(() => taken);
    await sink.deliver(
      [recordOf('a', 1, { event: { severity } }), recordOf('a', 2, { trace: { id: '0' } })],
      never,
    );
    const [log, other] = logsOf(JSON.parse(receiver.received[0]?.text ?? '') as Export);
    expect(log?.severityNumber).toBe(number);
    expect(other?.traceId).toBeUndefined();
  });
});

describe('a collector', () => {
  const kinds = async (count: number): Promise<readonly string[]> =>
    (await sink.deliver(recordsOf('a', 0, count), never)).map(({ kind }) => kind);

  it('that is busy gets them again', async () => {
    for (const status of [429, 502, 503, 504]) {
      await start(() => ({ status, body: {} }));
      expect(await kinds(2)).toEqual(['again', 'again']);
      if (status === 504) break;
      await sink.close();
      await receiver.close();
    }
  });

  it('that does not take one record gets all others', async () => {
    await start((logs) =>
      logs.some((log) => idOf(log) === 'a-00000005') ? { status: 400, body: { message: 'not this' } } : taken,
    );
    expect(await kinds(9)).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7, 8].map((index) => (index === 5 ? 'dead' : 'stored')),
    );
  });

  it('that takes so many at once gets fewer', async () => {
    await start((logs) => (logs.length > 3 ? { status: 413, body: '' } : taken));
    expect(await kinds(10)).toEqual(Array.from({ length: 10 }, () => 'stored'));
  });

  it('that rejects some and does not say which leaves none of them unseen', async () => {
    await start(() => ({
      status: 200,
      body: { partialSuccess: { rejectedLogRecords: '1', errorMessage: 'too old' } },
    }));
    const outcomes = await sink.deliver(recordsOf('a', 0, 3), never);
    const dead = {
      kind: 'dead',
      code: 'partial_success',
      reason: expect.stringMatching(/rejected 1 of 3 .*too old/),
    };
    expect(outcomes).toEqual([dead, dead, dead]);
    await receiver.close();
    await sink.close();
    await start(() => ({ status: 200, body: { partialSuccess: { errorMessage: 'a warning' } } }));
    expect(await kinds(2)).toEqual(['stored', 'stored']);
  });

  it('that refuses, is away or talks nonsense is tried again with all of them', async () => {
    const replies: readonly [Reply, string][] = [
      [{ status: 401, body: '' }, 'SINK_REFUSED'],
      [{ status: 404, body: '' }, 'SINK_REFUSED'],
      [{ status: 200, body: '<html>' }, 'SINK_ANSWER'],
      ['cut', 'SINK_AWAY'],
    ];
    await start((_, index) => replies[index]?.[0] ?? taken);
    for (const [, code] of replies) await expect(kinds(2)).rejects.toMatchObject({ code });
    expect(await kinds(2)).toEqual(['stored', 'stored']);
  });

  it('that breaks in the middle of several requests gets the rest again', async () => {
    await start((_, index) => (index === 0 ? taken : 'cut'));
    const large = recordsOf('a', 0, 4).map((record) => ({
      ...record,
      document: { ...record.document, note: 'x'.repeat(3_000_000) },
    }));
    const outcomes = await sink.deliver(large, never);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['stored', 'again', 'again', 'again']);
  });
});
