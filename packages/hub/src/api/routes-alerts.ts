/** What is asked of alerts, and done with them. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { LoggedDelivery } from '../alerts/book.ts';
import type { AlertDesk, SeenAlert, SeenInstance } from '../alerts/desk.ts';
import type { AlertNotice } from '../alerts/notice.ts';
import type { Preview } from '../alerts/preview.ts';
import type { DeliveriesAnswer, InstanceAnswer, PreviewAnswer, SeenAlertAnswer } from './answers-alerts.ts';
import { checked, fromQueryString } from './requests.ts';
import {
  acknowledgeSchema,
  deliveriesRequestSchema,
  previewRequestSchema,
  silenceSchema,
} from './requests-alerts.ts';
import { ROUTES } from './routes.ts';
import { type Slots, withinTime } from './slots.ts';

export interface AlertParts {
  readonly desk: AlertDesk;
  readonly slots: Slots;
  readonly queryMillisMax: number;
}

/** Time that is left for the answer when a preview has to end. */
const ANSWER_MILLIS = 1_000;

export function addAlertRoutes(app: FastifyInstance, { desk, slots, queryMillisMax }: AlertParts): void {
  app.route({
    ...ROUTES.alerts,
    handler: async () => {
      const all = desk.list();
      const open = all.flatMap(({ instances }) => instances.filter(({ state }) => state !== 'resolved'));
      return { alerts: all.map(alertAnswer), instances: open.map(instanceAnswer), faults: desk.faults };
    },
  });
  app.route({
    ...ROUTES.alert,
    handler: async (request: FastifyRequest) => {
      const { name } = Object(request.params) as Readonly<Record<string, unknown>>;
      const seen = desk.show(String(name));
      return { alert: alertAnswer(seen), instances: seen.instances.map(instanceAnswer) };
    },
  });
  app.route({
    ...ROUTES.acknowledge,
    handler: async ({ body }: FastifyRequest) => ({
      acknowledged: desk.acknowledge(checked(acknowledgeSchema, body)),
    }),
  });
  app.route({
    ...ROUTES.silence,
    handler: async ({ body }: FastifyRequest) => {
      const { seconds, ...meant } = checked(silenceSchema, body);
      return { until: iso(desk.silence(meant, seconds)) };
    },
  });
  app.route({
    ...ROUTES.deliveries,
    handler: async ({ query }: FastifyRequest): Promise<DeliveriesAnswer> => {
      const { alert, size } = checked(deliveriesRequestSchema, fromQueryString(query));
      return { deliveries: desk.deliveries(size, alert).map(deliveryAnswer) };
    },
  });
  app.route({
    ...ROUTES.preview,
    handler: async ({ body }: FastifyRequest) => {
      const request = checked(previewRequestSchema, body);
      const until = performance.now() + queryMillisMax - ANSWER_MILLIS;
      const isLate = (): boolean => performance.now() > until;
      return previewAnswer(
        await withinTime(slots, queryMillisMax, async () => desk.preview(request, isLate)),
      );
    },
  });
}

const iso = (millis: number): string => new Date(millis).toISOString();
const maybe = (millis: number | null): string | null => (millis === null ? null : iso(millis));

function alertAnswer({ definition, status, silence, instances }: SeenAlert): SeenAlertAnswer {
  const { name, severity, dataSet, summary, description, queryText, owner, key, receivers } = definition;
  return {
    ...{ name, severity, dataSet, summary, description, query: queryText, owner },
    periodSeconds: definition.period / 1_000,
    lookbackSeconds: definition.lookback / 1_000,
    cooldownSeconds: definition.cooldown / 1_000,
    key: key.map(({ path }) => path),
    receivers: receivers === null ? null : [...receivers],
    status: status === null ? null : { ...status, errorConditions: [...status.errorConditions] },
    silence: silence === null ? null : { until: iso(silence.until), by: silence.by },
    firing: instances.filter(({ state }) => state !== 'resolved').length,
  };
}

function instanceAnswer({ instance, key, state }: SeenInstance): InstanceAnswer {
  const { alert, episode, count, value, acknowledgedBy, sample } = instance;
  return {
    ...{ alert, key, state, episode, count, value, acknowledgedBy },
    firedAt: iso(instance.firedAt),
    seenAt: iso(instance.seenAt),
    resolvedAt: maybe(instance.resolvedAt),
    notifiedAt: maybe(instance.notifiedAt),
    acknowledgedAt: maybe(instance.acknowledgedAt),
    silencedUntil: maybe(instance.silencedUntil),
    sample:
      sample === null
        ? null
        : {
            ...{ event: sample.event, rules: [...sample.rules] },
            source: endAnswer(sample.source),
            destination: endAnswer(sample.destination),
          },
  };
}

type End = AlertNotice['source'];
const endAnswer = ({ labels, ...end }: End) => ({ ...end, labels: [...labels] });

const deliveryAnswer = ({ at, nextAt, ...delivery }: LoggedDelivery) => ({
  ...delivery,
  at: iso(at),
  nextAt: delivery.state === 'waiting' ? iso(nextAt) : null,
});

const previewAnswer = ({ from, to, evaluations, firings, shortened, shown }: Preview): PreviewAnswer => ({
  ...{ from: iso(from), to: iso(to), evaluations, firings, shortened },
  shown: shown.map(({ firing, resolvedAt }) => ({
    ...{ firedAt: firing.firedAt, resolvedAt, summary: firing.summary, key: { ...firing.key } },
    ...{ count: firing.count, value: firing.value, event: firing.event },
    source: endAnswer(firing.source),
    destination: endAnswer(firing.destination),
  })),
});
