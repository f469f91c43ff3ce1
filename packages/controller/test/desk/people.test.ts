/** In whose name a console acts by impersonation, and in whose it does not. */
import { expect, it } from 'vitest';
import { type Person, whyNotInName } from '../../src/desk/people.ts';

const person = (name: string, groups: readonly string[] = [], token: string | null = null): Person => ({
  user: { name, uid: '', groups, extra: {} },
  token,
});

it.each([
  ['oidc:jane', ['oidc:shop', 'oidc:night shift', 'system:authenticated']],
  ['jane@example.org', []],
])('it acts as %s', (name, groups) => {
  expect(whyNotInName(person(name, groups))).toBeNull();
});

it.each([
  ['system:serviceaccount:shop:robot', []],
  ['system:admin', []],
  ['oidc:zoë', []],
  ['oidc:jane', ['oidc:Müller']],
  ['oidc:jane', ['oidc:店']],
  ['oidc:jane', ['oidc:shop ']],
  ['oidc:jane', ['oidc:shop\r\nImpersonate-Group: system:masters']],
  ['oidc:jane', ['']],
])('it does not act as %s of %s', (name, groups) => {
  expect(whyNotInName(person(name, groups))).not.toBeNull();
});

it('who has a token acts by that, whatever the name', () => {
  expect(whyNotInName(person('system:serviceaccount:shop:robot', ['ü'], 'a token'))).toBeNull();
});
