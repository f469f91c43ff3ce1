/** A provider of OpenID Connect on this machine, of another site than the console, and the way of a browser through it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import type { Page } from 'playwright-core';

export interface OidcStand {
  readonly issuer: string;
  close(): Promise<void>;
}

export const CLIENT = { id: 'sluice', secret: 'a secret of the client' } as const;

/**
 * @param console where it will listen
 * @param groups by name; every name may sign in, with any password
 */
export async function startProvider(
  console: string,
  groups: Readonly<Record<string, readonly string[]>>,
): Promise<OidcStand> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  // A name, where the console has an address: another site.
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        ...{ client_id: CLIENT.id, client_secret: CLIENT.secret },
        redirect_uris: [`${console}/api/oidc/callback`],
        post_logout_redirect_uris: [`${console}/`],
      },
    ],
    claims: { openid: ['sub'], profile: ['name'], groups: ['groups'] },
    scopes: ['openid', 'profile', 'groups'],
    conformIdTokenClaims: false,
    cookies: { keys: ['of a test'] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, groups: [...(groups[id] ?? [])] }),
    }),
  });
  server.on('request', provider.callback());
  return {
    issuer,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** From the console's page of sign-in through the provider's, as somebody does who has never been there. */
export async function signInThrough(page: Page, name: string): Promise<void> {
  await page.goto('/');
  await page.getByRole('link', { name: 'Sign in with company login' }).click();
  await throughProvider(page, name);
}

export async function throughProvider(page: Page, name: string): Promise<void> {
  await page.getByPlaceholder('Enter any login').fill(name);
  await page.getByPlaceholder('and password').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}
