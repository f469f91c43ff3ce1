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
