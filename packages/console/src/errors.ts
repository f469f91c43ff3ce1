/** Errors of the console. docs/errors.md lists the same codes. */
import { CodedError, type ErrorDetails } from '@sluice/engine/coded-error';

export const CONSOLE_ERRORS = {
  CONSOLE_OPEN: {
    message: 'the console on {address} would send passwords in the clear: console.tls is missing',
    remedy: 'Set console.tls, or listen on a loopback address.',
  },
  CONSOLE_USERS: {
    message: 'the users of the console in {path} cannot be used: {reason}',
    remedy:
      'Correct the file, or move it away: the console then gives out a token with which a first user is made.',
  },
  CONSOLE_WELCOME: {
    message: 'the file {path} for the address of the first user cannot be written: {reason}',
    remedy: 'Let the hub write there, or name another file as console.welcome.',
  },
  CONSOLE_NOT_BUILT: {
    message: 'the pages of the console are not in {path}',
    remedy:
      'Build them: ./sluice does it before it starts a hub; by hand: vite build -c packages/console/vite.config.ts.',
  },
  CONSOLE_SIGNED_OUT: {
    message: 'nobody is signed in',
    remedy: 'Sign in: sessions end when they are not used, and after half a day in any case.',
  },
  CONSOLE_CREDENTIALS: {
    message: 'name and password do not belong together',
    remedy: 'Try again; an admin can set another password.',
  },
  CONSOLE_ATTEMPTS: {
    message: 'too many attempts failed; the next is taken in {seconds} s',
    remedy: 'Wait, then sign in with the right password.',
  },
  CONSOLE_TOKEN: {
    message: 'the bootstrap token is not right, or was used',
    remedy:
      'Take the one that the console gave out last; it works once, for an hour, while there is no user. SIGHUP makes another.',
  },
  CONSOLE_FORBIDDEN: {
    message: '{user} may not do this: it takes the role {role}',
    remedy: 'Ask an admin for the role.',
  },
  CONSOLE_NAMESPACES: {
    message: '{user} may see some namespaces only, and this is about all of them',
    remedy: 'Ask somebody who sees all, or for their rights.',
  },
  CONSOLE_CROSS_SITE: {
    message: 'the request does not come from a page of this console',
    remedy: 'Load the page anew. Programs use the interface of the hub with its token (docs/hub.md).',
  },
  CONSOLE_USER: {
    message: 'the user {user} {reason}',
    remedy: 'Choose another name, or correct what is said.',
  },
  CONSOLE_OIDC: {
    message: 'single sign-on has failed: {reason}',
    remedy: 'Try again; where it stays, compare console.oidc with what the provider has of this client.',
  },
  CONSOLE_NO_ROLE: {
    message: '{user} may see nothing here',
    remedy:
      'Ask an admin: the groups of console.oidc, or in a cluster the right to get events.sluice.dev, let somebody in.',
  },
  CONSOLE_CLUSTER: {
    message: 'the cluster cannot be asked: {reason}',
    remedy:
      'Try again; where it stays, check console.kubernetes and the rights of the hub (docs/console.md).',
  },
  CONSOLE_NO_ALERTS: {
    message: 'alerts cannot be written here: the console has no {place} for them',
    remedy: 'Set console.alerts of hub.yaml, a folder, or console.kubernetes, a cluster (docs/alerts.md).',
  },
  CONSOLE_CLUSTER_TOKEN: {
    message: 'the cluster does not know this token, or it is for somebody else',
    remedy: 'Make another: kubectl create token NAME -n NAMESPACE (docs/console.md).',
  },
  CONSOLE_NO_CLUSTER: {
    message: 'this console shows no cluster',
    remedy: 'Set console.kubernetes in hub.yaml.',
  },
  CONSOLE_NO_PERSON: {
    message: 'the cluster does not know {user}, so nothing is changed in it from here',
    remedy: 'Sign in with a token of the cluster, or apply the YAML yourself.',
  },
  CONSOLE_WORKLOAD: {
    message: 'there is no {what} that {user} may see',
    remedy: 'Look at the page Workloads; rights that were given now show within half a minute.',
  },
  CONSOLE_NO_POLICIES: {
    message: 'the hub does not know the policies of the servers',
    remedy: 'Name their sluice.yaml in hub.yaml (console.policies), or apply what is shown by hand.',
  },
  CONSOLE_POLICIES: {
    message: '{reason}',
    remedy: '{remedy}',
  },
  CONSOLE_NOTHING: {
    message: 'this is not {what}',
    remedy: 'Look at the event: it says why it passed or was refused.',
  },
  CONSOLE_CHOICE: {
    message: '{what} is none of what is offered for this event',
    remedy: 'Load the page anew: the policy may have changed.',
  },
  CONSOLE_CONFIRMATION: {
    message:
      'this would let attacks pass, hold everywhere, or end blocking: it takes the name {policy}, typed',
    remedy: 'If that is meant, type the name of the policy.',
  },
  CONSOLE_SEARCHES: {
    message: 'the saved searches of the console in {path} cannot be used: {reason}',
    remedy: 'Correct the file or its rights, or move it away: all begin without saved searches then.',
  },
  CONSOLE_SEARCH: {
    message: 'the search is not saved: {reason}',
    remedy: 'Choose another name, or remove searches that nobody opens any more.',
  },
} as const;

export type ConsoleErrorCode = keyof typeof CONSOLE_ERRORS;

export class ConsoleError extends CodedError<ConsoleErrorCode> {
  override readonly name = 'ConsoleError';

  constructor(code: ConsoleErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(CONSOLE_ERRORS, code, details, cause);
  }
}
