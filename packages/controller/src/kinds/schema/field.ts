/** How the schemas of kinds are written: each field with the words that `kubectl explain` shows. */
import { z } from 'zod';

/** A rule that the API server itself checks (x-kubernetes-validations). */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
}

/** What a CRD has beside OpenAPI. */
export interface Extras {
  readonly rules?: readonly CelRule[];
  /** Keys of a list that is a map to those who apply parts of it. */
  readonly listMapKeys?: readonly string[];
  readonly format?: string;
  /**
   * What the API server writes where the field is absent. Only where absence does not mean to inherit. Who reads an object takes it as
   * optional all the same: one that never went through an API server has none.
   */
  readonly default?: string | number | boolean;
}

export type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** A schema with its words. */
export function said<S extends z.ZodType>(schema: S, description: string, extras: Extras = {}): S {
  return schema.meta({
    description,
    ...(extras.rules && { 'x-kubernetes-validations': extras.rules }),
    ...(extras.listMapKeys && {
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': extras.listMapKeys,
    }),
    ...(extras.format && { format: extras.format }),
    ...(extras.default !== undefined && { default: extras.default }),
  });
}

/** The same for what may be absent. */
export const maybe = <S extends z.ZodType>(schema: S, description: string, extras: Extras = {}) =>
  z.exactOptional(said(schema, description, extras));

/** A number or a text: YAML has both for an id and a range of ids. */
export const intOrString = (pattern: RegExp, message: string) =>
  z.union([z.int().min(1), z.string().regex(pattern, message)], message).meta({
    'x-kubernetes-int-or-string': true,
  });

/** Name of an object of Kubernetes'. */
export const objectName = z
  .string()
  .min(1)
  .max(253)
  .regex(
    /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
    "a name is lower-case letters, digits, '-' and '.', as Kubernetes has them",
  );

export const namespaceName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, "a namespace is lower-case letters, digits and '-'");
