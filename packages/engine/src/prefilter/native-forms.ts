/** Which transformations the native scan can do. */
import { loadNative } from '../native/binding.ts';
import { findTransformation } from '../transformations/registry.ts';

let names: ReadonlySet<string> | null = null;

/** @param name of a transformation, or an alias, in any case */
export function hasNativeForm(name: string): boolean {
  names ??= new Set(loadNative().transformationNames());
  const transformation = findTransformation(name);
  return transformation !== undefined && names.has(transformation.name);
}
