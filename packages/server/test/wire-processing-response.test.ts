import { STREAM_METADATA_NAMESPACE } from '@sluice/envoy-config/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BODY_SEND_MODES, HEADER_SEND_MODES } from '../src/wire/processing-mode.ts';
import { PROCESSING_KINDS } from '../src/wire/processing-request.ts';
import { encodeContinue, encodeImmediate, encodeTimeoutOverride } from '../src/wire/processing-response.ts';
import { decode, decodeSparse, ProcessingResponseType } from './support/protos.ts';

const sparse = (bytes: Uint8Array): Record<string, unknown> => decodeSparse(ProcessingResponseType, bytes);
/** protobufjs leaves out what is the default. */
const CONTINUE = { response: {} };
const text = fc
  .oneof(fc.string({ maxLength: 300 }), fc.string({ unit: 'grapheme', maxLength: 40 }))
  .filter((value) => value.isWellFormed() && value !== '__proto__');
const metadata = fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean()), { maxKeys: 5 });

const plain = (value: Record<string, unknown>): unknown =>
  value.stringValue ?? value.numberValue ?? value.boolValue;

/** The members of the one namespace. */
function metadataOf(bytes: Uint8Array): Record<string, unknown> {
  const { dynamicMetadata } = decode(ProcessingResponseType, bytes) as {
    dynamicMetadata: { fields: Record<string, { structValue: { fields: Record<string, object> } }> };
  };
  expect(Object.keys(dynamicMetadata.fields)).toEqual([STREAM_METADATA_NAMESPACE]);
  const fields = dynamicMetadata.fields[STREAM_METADATA_NAMESPACE]?.structValue.fields ?? {};
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, plain(value as Record<string, unknown>)]),
  );
}

describe('encodeContinue', () => {
  it.each(PROCESSING_KINDS)('answers %s in its kind, and says so', (kind) => {
    const bytes = encodeContinue(kind);
    expect(sparse(bytes)).toEqual({ [kind]: kind.endsWith('Trailers') ? {} : CONTINUE });
    // The status too is written out, where there is one.
    if (!kind.endsWith('Trailers')) expect([...bytes.subarray(2)]).toEqual([0x0a, 0x02, 0x08, 0x00]);
    expect(bytes.byteLength).toBeGreaterThan(0);
    expect(encodeContinue(kind)).toBe(bytes);
  });

  it('carries metadata, and modes that say both bodies', () => {
    const body = fc.constantFrom(...BODY_SEND_MODES);
    const header = fc.option(fc.constantFrom(...HEADER_SEND_MODES), { nil: undefined });
    fc.assert(
      fc.property(metadata, body, body, header, header, (given, request, response, headers, trailers) => {
        const bytes = encodeContinue('requestHeaders', {
          metadata: given,
          modeOverride: {
            requestBodyMode: request,
            responseBodyMode: response,
            ...(headers === undefined ? {} : { responseHeaderMode: headers }),
            ...(trailers === undefined
              ? {}
              : { requestTrailerMode: trailers, responseTrailerMode: trailers }),
          },
        });
        const decoded = decode(ProcessingResponseType, bytes);
        expect(sparse(bytes).requestHeaders).toEqual(CONTINUE);
        const trailer = HEADER_SEND_MODES.indexOf(trailers ?? 'DEFAULT');
        expect(decoded.modeOverride).toEqual({
          requestHeaderMode: 0,
          responseHeaderMode: HEADER_SEND_MODES.indexOf(headers ?? 'DEFAULT'),
          requestBodyMode: BODY_SEND_MODES.indexOf(request),
          responseBodyMode: BODY_SEND_MODES.indexOf(response),
          requestTrailerMode: trailer,
          responseTrailerMode: trailer,
        });
        expect(metadataOf(bytes)).toEqual({ ...given });
      }),
      { numRuns: 200 },
    );
  });

  it('says no more than it is given', () => {
    expect(sparse(encodeContinue('requestBody', {}))).toEqual({ requestBody: CONTINUE });
  });
});

describe('encodeImmediate', () => {
  it('writes what protobufjs reads', () => {
    const headers = fc.array(fc.tuple(text, text), { maxLength: 4 });
    const grpcStatus = fc.option(fc.nat(16));
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 599 }),
        headers,
        text,
        grpcStatus,
        text,
        metadata,
        (status, lines, body, grpc, details, given) => {
          const bytes = encodeImmediate({
            status,
            headers: lines,
            body,
            grpcStatus: grpc,
            details,
            metadata: given,
          });
          const { immediateResponse } = decode(ProcessingResponseType, bytes) as {
            immediateResponse: Record<string, unknown>;
          };
          expect(immediateResponse).toMatchObject({
            status: { code: status },
            body: Buffer.from(body),
            details,
            headers: {
              removeHeaders: [],
              setHeaders: lines.map(([key, value]) => ({
                header: { key, rawValue: Buffer.from(value), value: '' },
                appendAction: 2,
              })),
            },
            grpcStatus: grpc === null ? null : { status: grpc },
          });
          expect(metadataOf(bytes)).toEqual({ ...given });
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('encodeTimeoutOverride', () => {
  it.each([1, 999, 1_000, 60_500, 3_600_000])('writes %i milliseconds, and no answer', (millis) => {
    const decoded = decode(ProcessingResponseType, encodeTimeoutOverride(millis));
    const { seconds, nanos } = decoded.overrideMessageTimeout as { seconds: number; nanos: number };
    expect(seconds * 1_000 + nanos / 1_000_000).toBe(millis);
    expect(Object.keys(sparse(encodeTimeoutOverride(millis)))).toEqual(['overrideMessageTimeout']);
  });
});
