/** Whose changes in a cluster are made: where both the table of OIDC groups and the cluster have a say, both have to agree. */
import { expect, it } from 'vitest';
import type { SignedIn } from '../../packages/console/src/api/access.ts';
import { mayAct } from '../../packages/console/src/api/acts.ts';
import type { Role } from '../../packages/console/src/identity/role.ts';

function signedIn(
  source: 'oidc' | 'cluster' | 'local',
  role: Role,
  acts: readonly string[] | null,
): SignedIn {
  const identity = { name: 'jane', role, namespaces: null };
  const stranger = source === 'local' ? null : { source, identity, person: null, idToken: null };
  const grant = {
    ...{ role: 'viewer' as const, sees: null, acts, workloads: null },
    ...{ nodes: false, inherited: false },
  };
  return {
    ...{ identity, id: 'id', session: { user: 'jane', stranger, csrf: 'x' } },
    grant: source === 'local' ? null : grant,
  };
}

it.each([
  ['oidc', 'viewer', ['shop'], false],
  ['oidc', 'operator', ['shop'], true],
  ['oidc', 'admin', [], false],
  ['cluster', 'viewer', ['shop'], true],
  ['cluster', 'viewer', [], false],
  ['local', 'viewer', [], false],
  ['local', 'operator', [], true],
] as const)('%s, %s, who acts in %j: %s', (source, role, acts, may) => {
  expect(mayAct(signedIn(source, role, acts), 'shop')).toBe(may);
});
