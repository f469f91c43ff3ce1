/** Sign-in by a provider of OpenID Connect: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 7636, RFC 9207). */
import { readFileSync } from 'node:fs';
import type { OidcConfig } from '@sluice/hub';
import * as client from 'openid-client';
import { ConsoleError } from '../errors.ts';
import { CONSOLE_LIMITS } from '../limits.ts';
import type { Journey } from './envelope.ts';

/** Of the console: to be known to the provider as redirect address. */
export const CALLBACK_PATH = '/api/oidc/callback';

export interface OidcUser {
  readonly name: string;
  readonly groups: readonly string[];
  readonly idToken: string;
}

interface Found {
  readonly at: number;
  readonly configuration: Promise<client.Configuration>;
}

export class Provider {
  readonly #config: OidcConfig;
  readonly #now: () => number;
  #found: Found | null = null;

  constructor(config: OidcConfig, now: () => number = () => Date.now()) {
    this.#config = config;
    this.#now = now;
  }

  /** Where the browser goes, and what has to be known when it comes back. @throws ConsoleError CONSOLE_OIDC */
  async begin(): Promise<{ readonly url: string; readonly journey: Journey }> {
    const journey = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
      at: this.#now(),
    };
    const configuration = await this.#configuration();
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: this.#address(CALLBACK_PATH),
      scope: this.#config.scopes.join(' '),
      state: journey.state,
      nonce: journey.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(journey.verifier),
      code_challenge_method: 'S256',
    });
    return { url: url.href, journey };
  }

  /** @param query as the browser brings it, with its `?` @throws ConsoleError CONSOLE_OIDC */
  async end(query: string, { state, nonce, verifier, at }: Journey): Promise<OidcUser> {
    if (this.#now() - at > CONSOLE_LIMITS.oidcMillis) throw failed('it took too long');
    const configuration = await this.#configuration();
    try {
      const tokens = await client.authorizationCodeGrant(
        configuration,
        new URL(this.#address(CALLBACK_PATH) + query),
        { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true },
      );
      const claims = tokens.claims() ?? {};
      return { ...this.#userIn(claims), idToken: tokens.id_token ?? '' };
    } catch (cause) {
      throw cause instanceof ConsoleError ? cause : failed(reasonOf(cause), cause);
    }
  }

  /** Where the provider ends its own session; null where it has no such address, or does not answer. */
  async leaveUrl(idToken: string): Promise<string | null> {
    try {
      const configuration = await this.#configuration();
      if (configuration.serverMetadata().end_session_endpoint === undefined) return null;
      const asked = { id_token_hint: idToken, post_logout_redirect_uri: this.#address('/') };
      return client.buildEndSessionUrl(configuration, asked).href;
    } catch (error) {
      // Signed out here one is in any case.
      if (error instanceof ConsoleError) return null;
      throw error;
    }
  }

  #address(path: string): string {
    return new URL(path, this.#config.address).href;
  }

  #userIn(claims: Readonly<Record<string, unknown>>): Omit<OidcUser, 'idToken'> {
    const { userClaim, groupsClaim } = this.#config;
    const name = claims[userClaim];
    if (typeof name !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(name))
      throw failed(`the claim ${userClaim} names nobody`);
    // Whoever may write any address into their account would be anybody.
    if (userClaim === 'email' && claims.email_verified !== true)
      throw failed('the provider does not say that email is verified');
    const given = claims[groupsClaim];
    const groups = (Array.isArray(given) ? given : [given]).filter((each) => typeof each === 'string');
    return { name, groups: groups.slice(0, CONSOLE_LIMITS.groupsMax) };
  }

  /** Asked for when it is needed: a provider that is away does not keep the console from starting. */
  async #configuration(): Promise<client.Configuration> {
    const isOld = this.#now() - (this.#found?.at ?? 0) > CONSOLE_LIMITS.oidcDiscoveryMillis;
    if (this.#found === null || isOld) this.#found = { at: this.#now(), configuration: this.#discover() };
    try {
      return await this.#found.configuration;
    } catch (cause) {
      this.#found = null;
      throw failed(`the provider cannot be asked: ${reasonOf(cause)}`, cause);
    }
  }

  async #discover(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecretFile } = this.#config;
    const secret = clientSecretFile === undefined ? undefined : readFileSync(clientSecretFile, 'utf8').trim();
    const authentication = secret === undefined ? client.None() : client.ClientSecretBasic(secret);
    const configuration = await client.discovery(new URL(issuer), clientId, undefined, authentication, {
      timeout: CONSOLE_LIMITS.oidcSecondsMax,
      // hub.yaml takes http:// of loopback addresses alone.
      ...(issuer.startsWith('http:') ? { execute: [client.allowInsecureRequests] } : {}),
    });
    // Signatures of ID tokens, too, though they come from the provider itself.
    client.enableNonRepudiationChecks(configuration);
    return configuration;
  }
}

const failed = (reason: string, cause?: unknown): ConsoleError =>
  new ConsoleError('CONSOLE_OIDC', { reason }, cause);

/** For the log and the audit: of what a provider says, its code alone. */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof client.AuthorizationResponseError) return `the provider says ${word(thrown.error)}`;
  if (thrown instanceof client.ResponseBodyError) return `the provider says ${word(thrown.error)}`;
  return thrown instanceof Error ? thrown.message.slice(0, 200) : 'unknown';
}

const word = (text: string): string => text.replace(/[^\w.-]/g, '?').slice(0, 60);
