/** Of hub.yaml: how people sign in to the console beside local users, and the cluster that it shows. */
import { z } from 'zod';
import { isLoopback } from '../api/access.ts';

const path = z.string().min(1);
const claim = z.string().min(1).max(100);

/** Over plain HTTP the code, or what it is exchanged for, could be read on the way: on this machine nobody reads it. */
function isSecure(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replace(/^\[|\]$/g, '')));
}

const secureUrl = z.string().max(2_000).refine(isSecure, 'an https:// address; http:// of a loopback one');

const isOrigin = (text: string): boolean => {
  const { pathname, search, hash, username } = new URL(text);
  return pathname === '/' && search + hash + username === '';
};

/** `https://waf.example.org`: an address without a path. */
export const originSchema = secureUrl.refine(
  (text) => isSecure(text) && isOrigin(text),
  'an address without a path',
);

const namespace = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'a namespace');

const grant = z.strictObject({
  group: z.string().min(1).max(500),
  role: z.enum(['viewer', 'operator', 'admin']),
  /** Null: all of them. */
  namespaces: z.array(namespace).min(1).max(256).nullable().default(null),
});

export const oidcSchema = z.strictObject({
  /** As its discovery document has it. */
  issuer: secureUrl,
  clientId: z.string().min(1).max(500),
  /** Absent: a public client, which PKCE alone protects. */
  clientSecretFile: path.optional(),
  /** Where browsers have the console, `https://waf.example.org`: answers of the provider come to `/api/oidc/callback` of it. */
  address: originSchema,
  /** On the button. */
  label: z.string().min(1).max(60).default('single sign-on'),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/))
    .default(['openid', 'profile', 'groups']),
  /** Claims of the ID token: who somebody is, and the groups that they are in. */
  userClaim: claim.default('sub'),
  groupsClaim: claim.default('groups'),
  /** Who is in none of these groups does not get in. */
  groups: z.array(grant).min(1).max(1_000),
});

export const clusterSchema = z.strictObject({
  /** The cluster that the hub runs in where absent. */
  kubeconfig: path.optional(),
  /** Where Sluice itself runs. */
  namespace: z.string().min(1).max(253).default('sluice-system'),
  /**
   * A token must be for one of these. None: it must be one for the API server itself, and changes are made with it; else they
   * are made in the name of whom the token names.
   */
  audiences: z.array(z.string().min(1).max(500)).max(16).default([]),
  /** Names of OIDC users and their groups in the cluster begin with these. False: they have no name in it, and change nothing. */
  oidcUsers: z
    .union([
      z.literal(false),
      z.strictObject({
        userPrefix: z.string().max(100).default('oidc:'),
        groupPrefix: z.string().max(100).default('oidc:'),
      }),
    ])
    .prefault({}),
});

export type OidcConfig = z.output<typeof oidcSchema>;
export type ConsoleClusterConfig = z.output<typeof clusterSchema>;
