/** From groups of a provider to a role and namespaces. */
import type { OidcConfig } from '@sluice/hub';
import { type Identity, mayDo } from '../identity/role.ts';

type Line = OidcConfig['groups'][number];

/**
 * Of the lines that fit, the first decides the role. The namespaces are those of all lines that give this role or more: nobody
 * gets in any namespace more than one line gives there. Null where no line fits.
 */
export function identityOf(name: string, groups: readonly string[], lines: readonly Line[]): Identity | null {
  const fitting = lines.filter(({ group }) => groups.includes(group));
  const [first] = fitting;
  if (first === undefined) return null;
  const { role } = first;
  const giving = fitting.filter((line) => mayDo(line.role, role));
  const isEverywhere = giving.some(({ namespaces }) => namespaces === null);
  const named = new Set(giving.flatMap(({ namespaces }) => namespaces ?? []));
  return { name, role, namespaces: isEverywhere ? null : [...named].sort() };
}
