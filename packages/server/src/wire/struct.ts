/** google.protobuf.Struct (proto/struct.proto), as far as it is written. */
import type { WireWriter } from './writer.ts';

/** Shown in Envoy's access log, in the namespace of the filter. */
export type Metadata = Readonly<Record<string, string | number | boolean | readonly number[]>>;

/** A map from name to Value. */
export function writeStruct(writer: WireWriter, metadata: Metadata): void {
  for (const [name, value] of Object.entries(metadata)) {
    writer.message(1, (entry) => {
      entry.string(1, name);
      entry.message(2, (inner) => writeValue(inner, value));
    });
  }
}

function writeValue(writer: WireWriter, value: Metadata[string]): void {
  if (typeof value === 'string') writer.string(3, value);
  else if (typeof value === 'number') writer.double(2, value);
  else if (typeof value === 'boolean') writer.bool(4, value);
  else {
    writer.message(6, (list) => {
      for (const item of value) list.message(1, (inner) => inner.double(2, item));
    });
  }
}
