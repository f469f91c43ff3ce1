/** google.protobuf.Struct (proto/struct.proto), as far as it is written. */
import type { WireWriter } from './writer.ts';

/** Shown in Envoy's access log, in the namespace of the filter. */
export type Metadata = Readonly<Record<string, string | number | boolean | readonly number[]>>;

/** A map from name to Value. */
export function writeStruct(writer: WireWriter, metadata: Metadata): void {
  for (const name of Object.keys(metadata)) {
    const value = metadata[name];
    if (value === undefined) continue;
    const entry = writer.open(1);
    writer.string(1, name);
    const inner = writer.open(2);
    writeValue(writer, value);
    writer.close(inner).close(entry);
  }
}

function writeValue(writer: WireWriter, value: Metadata[string]): void {
  if (typeof value === 'string') writer.string(3, value);
  else if (typeof value === 'number') writer.double(2, value);
  else if (typeof value === 'boolean') writer.bool(4, value);
  else {
    const list = writer.open(6);
    for (const item of value) {
      const inner = writer.open(1);
      writer.double(2, item).close(inner);
    }
    writer.close(list);
  }
}
