/** Texts with `%{…}` as closures. A reference to what is not there is the empty text (ModSecurity 2). */
import { asciiLower } from '../bytes.ts';
import { EngineError } from '../errors.ts';
import type { Macro } from '../language/ast.ts';
import { variableReader } from '../variables/readers.ts';
import type { VariableState } from '../variables/state.ts';

export type Expand = (state: VariableState) => string;

export function linkMacro(macro: Macro): Expand {
  const parts = macro.map((part): string | Expand =>
    typeof part === 'string' ? part : linkReference(part.variable, part.key),
  );
  if (parts.every((part) => typeof part === 'string')) {
    const text = parts.join('');
    return () => text;
  }
  return (state) => {
    let text = '';
    for (const part of parts) text += typeof part === 'string' ? part : part(state);
    return text;
  };
}

/** Texts of a name that are kept: of what is short and comes with each request. */
const KEPT_NAMES_MAX = 256;
const KEPT_NAME_BYTES_MAX = 64;

/** As `linkMacro`, for names: those that come again and again are the same string each time, which collections find sooner. */
export function linkName(macro: Macro): Expand {
  const expand = linkMacro(macro);
  const [own, ...others] = macro.filter((part) => typeof part !== 'string');
  if (own === undefined || others.length > 0) return expand;
  const value = linkReference(own.variable, own.key);
  const known = new Map<string, string>();
  return (state) => {
    const key = value(state);
    const kept = known.get(key);
    if (kept !== undefined) return kept;
    const name = expand(state);
    if (known.size < KEPT_NAMES_MAX && key.length <= KEPT_NAME_BYTES_MAX) known.set(key, name);
    return name;
  };
}

function linkReference(name: string, key: string | null): Expand {
  const variable = name.toUpperCase();
  if (variable === 'TX' && key !== null) {
    const lowerKey = asciiLower(key);
    return (state) => state.tx.get(lowerKey) ?? '';
  }
  const reader = variableReader(variable);
  if (reader === undefined) {
    throw new EngineError('SECLANG_BAD_ARGUMENT', {
      what: `%{${name}${key === null ? '' : `.${key}`}}`,
      reason: 'no such variable',
    });
  }
  if (key === null) return (state) => reader.read(state)[0]?.value ?? '';
  const lowerKey = asciiLower(key);
  return (state) => reader.read(state).find((pair) => pair.lowerKey === lowerKey)?.value ?? '';
}
