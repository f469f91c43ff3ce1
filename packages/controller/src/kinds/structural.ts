/** A schema of zod's as a CRD has it: OpenAPI v3, structural (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/). */
import { z } from 'zod';

/** A node of an OpenAPI schema. */
export interface StructuralSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema;
  readonly items?: StructuralSchema;
  readonly [keyword: string]: unknown;
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const objectAt = (json: Json, key: string): Json | null => {
  const value = json[key];
  return isObject(value) ? value : null;
};

/** zod bounds every integer by what a double holds; the API server has 64 bits and no need to be told. */
const isNoBound = (key: string, value: unknown): boolean =>
  (key === 'maximum' && value === Number.MAX_SAFE_INTEGER) ||
  (key === 'minimum' && value === Number.MIN_SAFE_INTEGER);

/** Words first, as people read them; then as zod has it. */
const ORDER = ['description', 'type'];
const byOrder = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  rank(a) - rank(b);
const rank = (key: string): number => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length);

function structural(json: Json): StructuralSchema {
  const out: Json = {};
  for (const [key, value] of Object.entries(json).sort(byOrder)) {
    if (isNoBound(key, value)) continue;
    switch (key) {
      case 'properties':
        out[key] = Object.fromEntries(
          Object.entries(objectAt(json, key) ?? {}).map(([name, inner]) => [
            name,
            structural(isObject(inner) ? inner : {}),
          ]),
        );
        break;
      case 'items':
        out[key] = structural(objectAt(json, key) ?? {});
        break;
      case 'additionalProperties':
        // `false` is how structural schemas are anyway: what is not named is pruned, or refused where clients ask for it.
        if (isObject(value)) out[key] = structural(value);
        break;
      default:
        out[key] = value;
    }
  }
  return json['x-kubernetes-int-or-string'] === true ? intOrString(out) : out;
}

/** The one form in which `anyOf` may name types; the pattern speaks of texts only. */
function intOrString(json: Json): StructuralSchema {
  const branches = Array.isArray(json.anyOf) ? json.anyOf.filter(isObject) : [];
  const pattern = branches.find(({ type }) => type === 'string')?.pattern;
  return {
    ...json,
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    ...(pattern !== undefined && { pattern }),
  };
}

/** @returns the schema; texts of messages that only zod knows are not in it */
export function structuralSchema(schema: z.ZodType): StructuralSchema {
  const json = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    override({ zodSchema, jsonSchema }) {
      const { def } = zodSchema._zod;
      if (def.type !== 'record' || !(def.keyType instanceof z.ZodEnum)) return;
      // A map with known keys: each of them is a field, so that `kubectl explain` shows it and a slip is refused.
      const value = jsonSchema.additionalProperties;
      jsonSchema.properties = Object.fromEntries(
        def.keyType.options.map((key) => [String(key), structuredClone(value) ?? {}]),
      );
      delete jsonSchema.additionalProperties;
    },
  });
  return structural({ ...json });
}
