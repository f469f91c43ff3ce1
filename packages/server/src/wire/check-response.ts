/**
 * Encodes `envoy.service.auth.v3.CheckResponse` (proto/external_auth.proto).
 *
 * To Envoy a response without a status is an allow, so an empty one must not exist: the types below demand a kind,
 * and the encoder writes both `status` and the matching `http_response`, always.
 */
import { type Metadata, writeStruct } from './struct.ts';
import { WireWriter } from './writer.ts';

export type { Metadata } from './struct.ts';

export interface AllowResponse {
  readonly kind: 'allow';
  readonly metadata: Metadata;
}

export interface DenyResponse {
  readonly kind: 'deny';
  /** An HTTP status that Envoy knows. */
  readonly status: number;
  /** Header lines for the client; each takes the place of one that is there. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly metadata: Metadata;
}

export type CheckResponse = AllowResponse | DenyResponse;

/** google.rpc.Code */
const RPC_OK = 0;
const RPC_PERMISSION_DENIED = 7;

/** HeaderValueOption.append_action */
const OVERWRITE_IF_EXISTS_OR_ADD = 2;

export function encodeCheckResponse(response: CheckResponse): Uint8Array {
  const writer = new WireWriter();
  if (response.kind === 'allow') {
    writer.message(1, (status) => status.uint32(1, RPC_OK));
    writer.message(3, () => {});
  } else {
    // Whatever is not said to be an allow is a denial.
    writer.message(1, (status) => status.uint32(1, RPC_PERMISSION_DENIED));
    writer.message(2, (denied) => writeDenied(denied, response));
  }
  writer.message(4, (struct) => writeStruct(struct, response.metadata));
  return writer.finish();
}

function writeDenied(writer: WireWriter, response: DenyResponse): void {
  writer.message(1, (status) => status.uint32(1, response.status));
  for (const [name, value] of response.headers) {
    writer.message(2, (option) => {
      option.message(1, (header) => header.string(1, name).string(2, value));
      option.uint32(3, OVERWRITE_IF_EXISTS_OR_ADD);
    });
  }
  writer.string(3, response.body);
}
