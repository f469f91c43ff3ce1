/** Replay, rules, policies and moves: what the pages ask, and what they change through the desk. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ConsoleError } from '../errors.ts';
import { CONSOLE_LIMITS } from '../limits.ts';
import { replayOf } from '../policies/replay.ts';
import { analysisOf } from '../policies/report.ts';
import { atOnce, type Bounded } from './at-once.ts';
import { checkedInput } from './body.ts';
import { addExclusionRoutes } from './exclusion-routes.ts';
import {
  asked,
  changed,
  demand,
  demandOfAll,
  deskOf,
  type PolicyParts,
  viewOf,
  writableDesk,
} from './policy-parts.ts';
import { explainSchema, moveSchema, promoteSchema, replaySchema, stopSchema } from './policy-schemas.ts';
import { CONSOLE_ROUTES } from './routes.ts';

export function addPolicyRoutes(app: FastifyInstance, parts: PolicyParts): void {
  const analysed: Bounded = (ask) => parts.analyses(() => asked(ask));
  addExclusionRoutes(app, parts, analysed);
  addReadRoutes(app, parts, analysed);
  addMoveRoutes(app, parts);
}

function addReadRoutes(app: FastifyInstance, parts: PolicyParts, analysed: Bounded): void {
  // Each is a process with all rules in it.
  const judges = atOnce('replay', CONSOLE_LIMITS.judgesMax);
  const judged: Bounded = (ask) => judges(() => asked(ask));
  app.route({
    ...CONSOLE_ROUTES.replay,
    handler: async (request) => {
      const signedIn = demand(parts, request, CONSOLE_ROUTES.replay);
      const { event } = checkedInput(replaySchema, request.body);
      const view = viewOf(parts, signedIn);
      const desk = writableDesk(parts);
      return judged(() => replayOf(event, { ...view, desk }));
    },
  });
  app.route({
    ...CONSOLE_ROUTES.rule,
    handler: async (request) => {
      const { identity } = demand(parts, request, CONSOLE_ROUTES.rule);
      const id = checkedInput(z.coerce.number().int().min(1).max(999_999_999), Object(request.params).id);
      const desk = deskOf(parts);
      // Rules that a policy brings are somebody's of another namespace.
      return judged(() => desk.rule(id, identity.namespaces === null ? 'all' : 'base'));
    },
  });
  app.route({
    ...CONSOLE_ROUTES.ruleCosts,
    handler: async (request) => {
      demandOfAll(parts, request, CONSOLE_ROUTES.ruleCosts);
      return { costs: await asked(() => deskOf(parts).ruleCosts()) };
    },
  });
  app.route({
    ...CONSOLE_ROUTES.policies,
    handler: async (request) => {
      demandOfAll(parts, request, CONSOLE_ROUTES.policies);
      const desk = deskOf(parts);
      return { file: desk.file, policies: desk.file === null ? [] : await asked(() => desk.policies()) };
    },
  });
  app.route({
    ...CONSOLE_ROUTES.explainPolicy,
    handler: async (request) => {
      demandOfAll(parts, request, CONSOLE_ROUTES.explainPolicy);
      const body = checkedInput(explainSchema, request.body);
      const desk = writableDesk(parts);
      return asked(() => desk.explain(body));
    },
  });
  app.route({
    ...CONSOLE_ROUTES.promote,
    handler: async (request) => {
      const signedIn = demand(parts, request, CONSOLE_ROUTES.promote);
      const body = checkedInput(promoteSchema, request.body);
      return analysed(() => analysisOf(body, viewOf(parts, signedIn)));
    },
  });
}

function addMoveRoutes(app: FastifyInstance, parts: PolicyParts): void {
  const listed = async (notice: string | null = null): Promise<object> => {
    const desk = deskOf(parts);
    return { file: desk.file, moves: desk.file === null ? [] : await asked(() => desk.moves()), notice };
  };
  app.route({
    ...CONSOLE_ROUTES.moves,
    handler: async (request) => {
      demandOfAll(parts, request, CONSOLE_ROUTES.moves);
      return listed();
    },
  });
  app.route({
    ...CONSOLE_ROUTES.beginMove,
    handler: async (request) => {
      const { identity } = demandOfAll(parts, request, CONSOLE_ROUTES.beginMove);
      const { holdMinutes, ...body } = checkedInput(moveSchema, request.body);
      const desk = writableDesk(parts);
      const entry = { action: 'move.begin', target: JSON.stringify({ ...body, holdMinutes }) };
      const asking = { ...body, holdMillis: holdMinutes * 60_000 };
      return listed(await changed(parts, request, identity, entry, () => desk.beginMove(asking)));
    },
  });
  app.route({
    ...CONSOLE_ROUTES.stopMove,
    handler: async (request) => {
      const { identity } = demandOfAll(parts, request, CONSOLE_ROUTES.stopMove);
      const { policy, back, confirm } = checkedInput(stopSchema, request.body);
      const desk = writableDesk(parts);
      if (back && confirm !== policy) throw new ConsoleError('CONSOLE_CONFIRMATION', { policy });
      const entry = { action: 'move.stop', target: JSON.stringify({ policy, back }) };
      return listed(await changed(parts, request, identity, entry, () => desk.stopMove(policy, back)));
    },
  });
}
