/** Every address of the console's own: method, path, who may, and what goes in and comes out. The hub's are beside them. */
import type { FastifySchema, HTTPMethods } from 'fastify';
import { z } from 'zod';
import { identitySchema, nameSchema, type Role } from '../identity/role.ts';
import { CONSOLE_LIMITS } from '../limits.ts';
import { SEARCH_PARAMETERS, searchDraft, searchesAnswer } from '../searches/saved-search.ts';
import * as alerts from './alert-schemas.ts';
import {
  excludeSchema,
  exclusionsAnswer,
  explainAnswer,
  explainSchema,
  judgedAnswer,
  moveSchema,
  movesAnswer,
  policiesAnswer,
  previewAnswer,
  previewSchema,
  promoteAnswer,
  promoteSchema,
  proposeSchema,
  replayAnswer,
  replaySchema,
  ruleAnswer,
  ruleCostsAnswer,
  saveProposalsSchema,
  stopSchema,
} from './policy-schemas.ts';
import * as workloads from './workload-schemas.ts';

export interface ConsoleRoute {
  readonly method: HTTPMethods;
  readonly url: string;
  /** Null: who is not signed in, too. */
  readonly role: Role | null;
  readonly schema: FastifySchema;
}

const jsonOf = (schema: z.ZodType): object =>
  z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });

const password = z.string().max(1_000);

export const signInSchema = z.strictObject({ name: z.string().max(200), password });

export const bootstrapSchema = z.strictObject({ token: z.string().max(200), name: nameSchema, password });

export const putUserSchema = identitySchema.omit({ name: true }).extend({
  password: password.optional().describe('Needed for a new user.'),
});

export const changePasswordSchema = z.strictObject({ current: password, next: password });

export const tokenSchema = z.strictObject({
  token: z
    .string()
    .max(CONSOLE_LIMITS.tokenCharactersMax)
    .describe('Of a ServiceAccount or a user of the cluster. It is kept in memory, as long as the session.'),
});

export const sessionSchema = z.object({
  user: identitySchema.extend({ name: z.string(), source: z.enum(['local', 'oidc', 'cluster']) }).nullable(),
  csrf: z.string().nullable().describe('For the header x-sluice-csrf of everything that is no GET.'),
  bootstrap: z.boolean().describe('There is no user yet: the first is made with the token of the hub.'),
  ways: z
    .object({ oidc: z.string().nullable(), token: z.boolean() })
    .describe(
      'How one can sign in beside name and password: the words on the button of OIDC, a token of the cluster.',
    ),
  cluster: z.boolean().describe('Whether there are workloads to be seen.'),
  leave: z.string().nullable().describe("Where the provider's own session ends, behind a sign-out."),
});

const usersSchema = z.object({ users: z.array(identitySchema) });

const auditSchema = z.object({
  entries: z.array(
    z.object({
      at: z.string(),
      user: z.string(),
      address: z.string(),
      action: z.string(),
      target: z.string(),
      outcome: z.enum(['done', 'refused']),
    }),
  ),
});

const failureSchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    remedy: z.string(),
    details: z.record(z.string(), z.unknown()),
  }),
});

const USER_PARAMETERS = { type: 'object', required: ['name'], properties: { name: { type: 'string' } } };

interface Words {
  readonly summary: string;
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
  readonly parameters?: object;
  readonly query?: z.ZodType;
}

const described = ({ summary, body, answer, parameters, query }: Words): FastifySchema =>
  ({
    summary,
    tags: ['console'],
    ...(body === undefined ? {} : { body: jsonOf(body) }),
    ...(parameters === undefined ? {} : { params: parameters }),
    ...(query === undefined ? {} : { querystring: jsonOf(query) }),
    response: {
      200: { description: 'Done.', ...jsonOf(answer) },
      default: { description: 'What went wrong.', ...jsonOf(failureSchema) },
    },
  }) as FastifySchema;

const SESSION = '/api/session';
const SEARCHES = '/api/searches';

export const CONSOLE_ROUTES = {
  session: {
    method: 'GET',
    url: SESSION,
    role: null,
    schema: described({ summary: 'Who is signed in', answer: sessionSchema }),
  },
  signIn: {
    method: 'POST',
    url: SESSION,
    role: null,
    schema: described({ summary: 'Signs in', body: signInSchema, answer: sessionSchema }),
  },
  token: {
    method: 'POST',
    url: '/api/session/token',
    role: null,
    schema: described({
      summary: 'Signs in by a token of the cluster',
      body: tokenSchema,
      answer: sessionSchema,
    }),
  },
  signOut: {
    method: 'DELETE',
    url: SESSION,
    role: 'viewer',
    schema: described({ summary: 'Signs out', answer: sessionSchema }),
  },
  bootstrap: {
    method: 'POST',
    url: '/api/bootstrap',
    role: null,
    schema: described({ summary: 'Makes the first user', body: bootstrapSchema, answer: sessionSchema }),
  },
  password: {
    method: 'PUT',
    url: '/api/password',
    role: 'viewer',
    schema: described({
      summary: "Changes one's own password, and ends one's other sessions",
      body: changePasswordSchema,
      answer: sessionSchema,
    }),
  },
  users: {
    method: 'GET',
    url: '/api/users',
    role: 'admin',
    schema: described({ summary: 'Lists users', answer: usersSchema }),
  },
  putUser: {
    method: 'PUT',
    url: '/api/users/:name',
    role: 'admin',
    schema: described({
      summary: 'Makes a user, or changes one',
      body: putUserSchema,
      answer: usersSchema,
      parameters: USER_PARAMETERS,
    }),
  },
  removeUser: {
    method: 'DELETE',
    url: '/api/users/:name',
    role: 'admin',
    schema: described({ summary: 'Removes a user', answer: usersSchema, parameters: USER_PARAMETERS }),
  },
  audit: {
    method: 'GET',
    url: '/api/audit',
    role: 'admin',
    schema: described({ summary: 'What was changed, newest first', answer: auditSchema }),
  },
  workloads: {
    method: 'GET',
    url: '/api/workloads',
    role: 'viewer',
    schema: described({
      summary: 'Services of the cluster with their pods: selected or not, enforced or not and why',
      answer: workloads.workloadsSchema,
      query: workloads.workloadsQuery,
    }),
  },
  workload: {
    method: 'GET',
    url: '/api/workloads/:namespace/:name',
    role: 'viewer',
    schema: described({
      summary: 'One Service, step by step from its annotation to enforcement',
      answer: workloads.storySchema,
      parameters: workloads.WORKLOAD_PARAMETERS,
    }),
  },
  draft: {
    method: 'POST',
    url: '/api/workloads/draft',
    role: 'viewer',
    schema: described({
      summary: 'What a change would be: YAML, difference, what manages the object. Nothing is changed',
      body: workloads.changeSchema,
      answer: workloads.draftSchema,
    }),
  },
  apply: {
    method: 'POST',
    url: '/api/workloads/apply',
    role: 'viewer',
    schema: described({
      summary: 'Makes the change of a draft, as who asks for it',
      body: workloads.applySchema,
      answer: workloads.appliedSchema,
    }),
  },
  alertRules: {
    method: 'GET',
    url: '/api/alert-rules',
    role: 'viewer',
    schema: described({ summary: 'Alerts as they are written, and where', answer: alerts.alertRulesSchema }),
  },
  alertDraft: {
    method: 'POST',
    url: '/api/alert-rules/draft',
    role: 'viewer',
    schema: described({
      summary: 'What saving or removing an alert would change. Nothing is changed',
      body: alerts.alertChangeSchema,
      answer: alerts.alertDraftSchema,
    }),
  },
  alertApply: {
    method: 'POST',
    url: '/api/alert-rules/apply',
    role: 'viewer',
    schema: described({
      summary: 'Saves or removes an alert, as its draft says; for operators of its namespace',
      body: alerts.alertApplySchema,
      answer: workloads.appliedSchema,
    }),
  },
  exclusions: {
    method: 'GET',
    url: '/api/exclusions',
    role: 'viewer',
    schema: described({ summary: 'Exclusions of all policies', answer: exclusionsAnswer }),
  },
  previewExclusion: {
    method: 'POST',
    url: '/api/exclusions/preview',
    role: 'viewer',
    schema: described({
      summary: 'What would let an event pass, and what else would pass with it',
      body: previewSchema,
      answer: previewAnswer,
    }),
  },
  exclude: {
    method: 'POST',
    url: '/api/exclusions',
    role: 'viewer',
    schema: described({
      summary:
        'Writes an exclusion into the policy of an event: into the file as an operator, in the cluster as who asks',
      body: excludeSchema,
      answer: exclusionsAnswer,
    }),
  },
  previewProposals: {
    method: 'POST',
    url: '/api/promote/exclusions/preview',
    role: 'viewer',
    schema: described({
      summary: 'What would pass with several of the exclusions that an analysis proposes',
      body: proposeSchema,
      answer: judgedAnswer,
    }),
  },
  excludeProposals: {
    method: 'POST',
    url: '/api/promote/exclusions',
    role: 'viewer',
    schema: described({
      summary: 'Writes several of them into their policy, as one change',
      body: saveProposalsSchema,
      answer: exclusionsAnswer,
    }),
  },
  removeExclusion: {
    method: 'DELETE',
    url: '/api/exclusions/:digest',
    role: 'operator',
    schema: described({
      summary: 'Removes an exclusion of the file; in a cluster it is a change of kind `unexclude`',
      answer: exclusionsAnswer,
      parameters: { type: 'object', required: ['digest'], properties: { digest: { type: 'string' } } },
    }),
  },
  replay: {
    method: 'POST',
    url: '/api/replay',
    role: 'viewer',
    schema: described({
      summary: 'Judges a stored request by the policies of now',
      body: replaySchema,
      answer: replayAnswer,
    }),
  },
  rule: {
    method: 'GET',
    url: '/api/rules/:id',
    role: 'viewer',
    schema: described({
      summary: 'A rule in force: its text, and what it does',
      answer: ruleAnswer,
      parameters: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
    }),
  },
  ruleCosts: {
    method: 'GET',
    url: '/api/rule-costs',
    role: 'viewer',
    schema: described({ summary: 'What rules cost the server beside the hub', answer: ruleCostsAnswer }),
  },
  policies: {
    method: 'GET',
    url: '/api/policies',
    role: 'viewer',
    schema: described({ summary: 'Policies of the file that the hub knows', answer: policiesAnswer }),
  },
  explainPolicy: {
    method: 'POST',
    url: '/api/policies/explain',
    role: 'viewer',
    schema: described({
      summary: 'Which policy a request has, and where each of its values comes from',
      body: explainSchema,
      answer: explainAnswer,
    }),
  },
  promote: {
    method: 'POST',
    url: '/api/promote',
    role: 'viewer',
    schema: described({
      summary: 'What Block would have stopped of a workload, judged',
      body: promoteSchema,
      answer: promoteAnswer,
    }),
  },
  moves: {
    method: 'GET',
    url: '/api/moves',
    role: 'viewer',
    schema: described({ summary: 'Moves from Detect to Block', answer: movesAnswer }),
  },
  beginMove: {
    method: 'POST',
    url: '/api/moves',
    role: 'operator',
    schema: described({ summary: 'Begins a move in stages', body: moveSchema, answer: movesAnswer }),
  },
  stopMove: {
    method: 'POST',
    url: '/api/moves/stop',
    role: 'operator',
    schema: described({
      summary: 'Ends a move where it is, or in Detect',
      body: stopSchema,
      answer: movesAnswer,
    }),
  },
  searches: {
    method: 'GET',
    url: SEARCHES,
    role: 'viewer',
    schema: described({
      summary: "One's own saved searches, and those that are shared",
      answer: searchesAnswer,
    }),
  },
  saveSearch: {
    method: 'POST',
    url: SEARCHES,
    role: 'viewer',
    schema: described({
      summary: 'Saves a search; one that is shared takes the role operator',
      body: searchDraft,
      answer: searchesAnswer,
    }),
  },
  changeSearch: {
    method: 'PUT',
    url: `${SEARCHES}/:id`,
    role: 'viewer',
    schema: described({
      summary: 'Changes a saved search, or its name; one that is shared takes the role operator',
      body: searchDraft,
      answer: searchesAnswer,
      parameters: SEARCH_PARAMETERS,
    }),
  },
  removeSearch: {
    method: 'DELETE',
    url: `${SEARCHES}/:id`,
    role: 'viewer',
    schema: described({
      summary: 'Removes a saved search; one that is shared takes the role operator',
      answer: searchesAnswer,
      parameters: SEARCH_PARAMETERS,
    }),
  },
} as const satisfies Record<string, ConsoleRoute>;
