/** The oracle: protobufjs over the .proto files of the package. */
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const folder = fileURLToPath(new URL('../../src/proto/', import.meta.url));
const root = protobuf.loadSync(
  ['external_auth.proto', 'external_processor.proto', 'health.proto'].map((name) => folder + name),
);

export const CheckRequestType = root.lookupType('envoy.service.auth.v3.CheckRequest');
export const CheckResponseType = root.lookupType('envoy.service.auth.v3.CheckResponse');
export const ProcessingRequestType = root.lookupType('envoy.service.ext_proc.v3.ProcessingRequest');
export const ProcessingResponseType = root.lookupType('envoy.service.ext_proc.v3.ProcessingResponse');
export const HealthRequestType = root.lookupType('grpc.health.v1.HealthCheckRequest');
export const HealthResponseType = root.lookupType('grpc.health.v1.HealthCheckResponse');

export const encode = (type: protobuf.Type, value: object): Buffer =>
  Buffer.from(type.encode(type.fromObject(value)).finish());

/** Every default written out; bytes are Buffers. */
export const decode = (type: protobuf.Type, bytes: Uint8Array): Record<string, unknown> =>
  type.toObject(type.decode(bytes), { defaults: true, bytes: Buffer, longs: Number });

/** Only what is on the wire. */
export const decodeSparse = (type: protobuf.Type, bytes: Uint8Array): Record<string, unknown> =>
  type.toObject(type.decode(bytes), { bytes: Buffer });

export interface CheckOptions {
  readonly method?: string;
  readonly path?: string;
  readonly lines?: readonly (readonly [string, string])[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly textBody?: string;
  readonly host?: string;
  readonly extensions?: Readonly<Record<string, string>>;
  readonly protocol?: string;
  /** Of the destination. */
  readonly port?: number;
}

/** A check as Envoy sends it, with `encode_raw_headers` where lines are given. */
export function checkMessage(options: CheckOptions = {}): Buffer {
  const { lines, headers, body, textBody, extensions = {} } = options;
  return encode(CheckRequestType, {
    attributes: {
      source: { address: { socketAddress: { address: '203.0.113.7', portValue: 51_000 } } },
      destination: { address: { socketAddress: { address: '10.0.0.2', portValue: options.port ?? 8_080 } } },
      request: {
        http: {
          id: '1234567890',
          method: options.method ?? 'GET',
          path: options.path ?? '/a?b=c',
          host: options.host ?? 'shop.example',
          scheme: 'http',
          protocol: options.protocol ?? 'HTTP/1.1',
          ...(headers === undefined ? {} : { headers }),
          ...(lines === undefined
            ? {}
            : {
                headerMap: {
                  headers: lines.map(([key, value]) => ({ key, rawValue: Buffer.from(value, 'latin1') })),
                },
              }),
          ...(body === undefined ? {} : { rawBody: body }),
          ...(textBody === undefined ? {} : { body: textBody }),
        },
      },
      contextExtensions: extensions,
    },
  });
}

export interface DecodedReply {
  readonly status: { readonly code: number } | null;
  readonly deniedResponse?: {
    readonly status: { readonly code: number };
    readonly headers: readonly { readonly header: { readonly key: string; readonly value: string } }[];
    readonly body: string;
  };
  readonly okResponse?: object;
  readonly dynamicMetadata: { readonly fields: Readonly<Record<string, Record<string, unknown>>> };
}

export const decodeReply = (bytes: Uint8Array): DecodedReply =>
  decode(CheckResponseType, bytes) as unknown as DecodedReply;

/** `allow` or the HTTP status of a denial, as Envoy reads it; an empty reply is an allow to Envoy. */
export function outcome(bytes: Uint8Array): 'allow' | number {
  const reply = decodeReply(bytes);
  if ((reply.status?.code ?? 0) === 0) return 'allow';
  return reply.deniedResponse?.status.code ?? 403;
}

/** A field of the dynamic metadata as a plain value. */
export function metadataOf(bytes: Uint8Array, name: string): unknown {
  const value = decodeReply(bytes).dynamicMetadata.fields[name];
  if (value === undefined) return undefined;
  if ('listValue' in value) {
    return (value.listValue as { values: { numberValue: number }[] }).values.map((item) => item.numberValue);
  }
  return value.stringValue ?? value.numberValue ?? value.boolValue;
}
