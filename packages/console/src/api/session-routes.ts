/** Signing in and out, users, and the audit log. */
import { HubError } from '@sluice/hub';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ConsoleError } from '../errors.ts';
import type { Attempts } from '../identity/attempts.ts';
import type { Audit } from '../identity/audit.ts';
import type { Bootstrap } from '../identity/bootstrap.ts';
import type { Identity } from '../identity/role.ts';
import { nameSchema } from '../identity/role.ts';
import type { Sessions } from '../identity/sessions.ts';
import type { Users } from '../identity/users.ts';
import type { Welcome } from '../identity/welcome.ts';
import { CONSOLE_LIMITS } from '../limits.ts';
import type { Provider } from '../oidc/provider.ts';
import type { SearchBook } from '../searches/book.ts';
import { type Access, demandSameOrigin } from './access.ts';
import { bodyOf } from './body.ts';
import {
  bootstrapSchema,
  CONSOLE_ROUTES,
  changePasswordSchema,
  putUserSchema,
  signInSchema,
} from './routes.ts';
import type { SessionAnswer, SessionAnswers } from './session-answer.ts';

export interface SessionParts {
  readonly access: Access;
  readonly answers: SessionAnswers;
  /** Null where there is none. */
  readonly provider: Provider | null;
  readonly attempts: Attempts;
  readonly audit: Audit;
  readonly bootstrap: Bootstrap;
  readonly welcome: Welcome;
  readonly sessions: Sessions;
  readonly users: Users;
  /** Those of a user go with them. */
  readonly searches: SearchBook;
}

const AUDIT_ENTRIES_MAX = 500;

/** @throws HubError HUB_REQUEST */
function nameOf(request: FastifyRequest): string {
  const parsed = nameSchema.safeParse(Object(request.params).name);
  if (parsed.success) return parsed.data;
  throw new HubError('HUB_REQUEST', { reason: `the name of the user: ${z.prettifyError(parsed.error)}` });
}

export function addSessionRoutes(app: FastifyInstance, parts: SessionParts): void {
  const { access, users, answers, provider } = parts;
  const checks = { running: 0 };

  app.route({
    ...CONSOLE_ROUTES.session,
    handler: async (request) => {
      const signedIn = access.find(request);
      if (signedIn === null) return answers.nobody();
      return answers.somebody(signedIn.identity, signedIn.session);
    },
  });

  app.route({
    ...CONSOLE_ROUTES.signIn,
    handler: async (request, reply) => {
      const { name, password } = bodyOf(signInSchema, request);
      const identity = await guarded(parts, checks, request, name, () => users.signIn(name, password));
      if (identity === null) throw new ConsoleError('CONSOLE_CREDENTIALS');
      return begun(parts, request, reply, identity);
    },
  });

  app.route({
    ...CONSOLE_ROUTES.bootstrap,
    handler: async (request, reply) => {
      const { token, name, password } = bodyOf(bootstrapSchema, request);
      const identity: Identity = { name, role: 'admin', namespaces: null };
      const made = await guarded(parts, checks, request, 'bootstrap', async () => {
        // Before the token is spent: a password that is too short costs nothing.
        checkPassword(name, password);
        return users.none && parts.bootstrap.use(token) ? identity : null;
      });
      if (made === null) throw new ConsoleError('CONSOLE_TOKEN');
      const entry = { ...from(request), user: name, action: 'user.put', target: name };
      await parts.audit.around(entry, () => users.put(identity, password));
      parts.welcome.remove();
      return begun(parts, request, reply, identity);
    },
  });

  app.route({
    ...CONSOLE_ROUTES.signOut,
    handler: async (request, reply) => {
      const { id, identity, session } = access.demand(request, CONSOLE_ROUTES.signOut.role);
      access.end(reply, id);
      parts.audit.record({
        ...by(request, identity),
        action: 'session.end',
        target: identity.name,
        outcome: 'done',
      });
      const idToken = session.stranger?.idToken ?? null;
      return answers.nobody(idToken === null ? null : ((await provider?.leaveUrl(idToken)) ?? null));
    },
  });
  addPasswordRoute(app, parts, checks);
  addUserRoutes(app, parts);
}

function addPasswordRoute(app: FastifyInstance, parts: SessionParts, checks: { running: number }): void {
  const { access, users, sessions, audit } = parts;
  app.route({
    ...CONSOLE_ROUTES.password,
    handler: async (request, reply) => {
      const { identity, session } = access.demand(request, CONSOLE_ROUTES.password.role);
      if (session.stranger !== null) {
        const reason = 'is no local user, and has no password here';
        throw new ConsoleError('CONSOLE_USER', { user: identity.name, reason });
      }
      const { current, next } = bodyOf(changePasswordSchema, request);
      const known = await guarded(parts, checks, request, identity.name, () =>
        users.signIn(identity.name, current),
      );
      if (known === null) throw new ConsoleError('CONSOLE_CREDENTIALS');
      const entry = { ...by(request, identity), action: 'user.password', target: identity.name };
      const changed = await audit.around(entry, () => users.setPassword(identity.name, next));
      sessions.endAllOf(identity.name);
      return begun(parts, request, reply, changed);
    },
  });
}

function addUserRoutes(app: FastifyInstance, parts: SessionParts): void {
  const { access, users, sessions, audit, searches } = parts;
  const list = (): object => ({ users: users.list() });

  app.route({
    ...CONSOLE_ROUTES.users,
    handler: async (request) => {
      access.demandOfAll(request, CONSOLE_ROUTES.users.role);
      return list();
    },
  });

  app.route({
    ...CONSOLE_ROUTES.putUser,
    handler: async (request) => {
      const { identity } = access.demandOfAll(request, CONSOLE_ROUTES.putUser.role);
      const name = nameOf(request);
      const { password, ...rest } = bodyOf(putUserSchema, request);
      const entry = { ...by(request, identity), action: 'user.put', target: name };
      await audit.around(entry, () => users.put({ name, ...rest }, password ?? null));
      if (password !== undefined) sessions.endAllOf(name);
      return list();
    },
  });

  app.route({
    ...CONSOLE_ROUTES.removeUser,
    handler: async (request) => {
      const { identity } = access.demandOfAll(request, CONSOLE_ROUTES.removeUser.role);
      const name = nameOf(request);
      const entry = { ...by(request, identity), action: 'user.remove', target: name };
      await audit.around(entry, async () => users.remove(name));
      sessions.endAllOf(name);
      searches.forget(name);
      return list();
    },
  });

  app.route({
    ...CONSOLE_ROUTES.audit,
    handler: async (request) => {
      access.demandOfAll(request, CONSOLE_ROUTES.audit.role);
      return { entries: audit.newest(AUDIT_ENTRIES_MAX) };
    },
  });
}

const from = (request: FastifyRequest): { readonly address: string } => ({ address: request.ip });

const by = (request: FastifyRequest, { name }: Identity) => ({ ...from(request), user: name });

function checkPassword(user: string, password: string): void {
  const { passwordCharactersMin: min, passwordCharactersMax: max } = CONSOLE_LIMITS;
  if (password.length >= min && password.length <= max) return;
  throw new ConsoleError('CONSOLE_USER', { user, reason: `needs a password of ${min} to ${max} characters` });
}

/** An attempt: counted where it fails, and refused where too many have. @throws ConsoleError CONSOLE_ATTEMPTS */
async function guarded(
  { attempts, audit }: SessionParts,
  checks: { running: number },
  request: FastifyRequest,
  name: string,
  attempt: () => Promise<Identity | null>,
): Promise<Identity | null> {
  demandSameOrigin(request);
  const keys = [`address ${request.ip}`, `name ${name}`];
  attempts.demand(...keys);
  if (checks.running >= CONSOLE_LIMITS.passwordChecksMax) throw new HubError('HUB_BUSY', { what: 'sign-in' });
  checks.running += 1;
  try {
    const identity = await attempt();
    if (identity === null) {
      attempts.failed(...keys);
      audit.record({
        ...from(request),
        user: name.slice(0, 63),
        action: 'session.begin',
        target: '',
        outcome: 'refused',
      });
    } else attempts.succeeded(...keys);
    return identity;
  } finally {
    checks.running -= 1;
  }
}

function begun(
  parts: SessionParts,
  request: FastifyRequest,
  reply: FastifyReply,
  identity: Identity,
): SessionAnswer {
  const { audit, access, answers } = parts;
  audit.record({ ...by(request, identity), action: 'session.begin', target: identity.name, outcome: 'done' });
  return answers.somebody(identity, access.begin(reply, identity.name));
}
