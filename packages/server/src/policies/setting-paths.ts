/** The settings that a schema knows, by their paths. */
import { z } from 'zod';

/** Takes defaults, transformations and nullability off. */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return unwrap(schema.unwrap());
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) return unwrap(schema.unwrap());
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  return schema;
}

export interface SettingPathsOptions {
  /** Whether the settings of a list's entries are told, below a key that ends in `[]`. */
  readonly intoLists: boolean;
}

/** In the order of the schema. Records with free keys are settings as a whole. */
export function settingPaths(
  schema: z.core.$ZodType,
  options: SettingPathsOptions,
): readonly (readonly string[])[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    return Object.entries<z.core.$ZodType>(inner.shape).flatMap(([key, value]) => {
      const list = unwrap(value);
      const isList = options.intoLists && list instanceof z.ZodArray;
      const below = settingPaths(isList ? list.element : value, options);
      if (isList && below.length === 1 && below[0]?.length === 0) return [[key]];
      return below.map((path) => [isList ? `${key}[]` : key, ...path]);
    });
  }
  return [[]];
}
