/** Spec of Alert: what Calico's GlobalAlert says, by its names and meanings, and what that one lacks. */
import { z } from 'zod';
import { KIND_LIMITS } from '../limits.ts';
import { maybe, said } from './field.ts';
import { conditionsStatus } from './status.ts';

/** As Go writes them: `5m`, `1h30m`. */
const DURATION = /^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/;
const duration = z.string().max(32).regex(DURATION, 'a duration is written as 90s, 5m or 1h30m');

/** CEL reads no duration in what is none: the pattern has already said so. */
const atLeast = (least: string) => ({
  rule: `!self.matches('${DURATION.source.replaceAll('\\', '\\\\')}') || duration(self) >= duration('${least}')`,
  message: `at least ${least}`,
});

const fieldName = z.string().min(1).max(256);
const fields = z.array(fieldName).max(KIND_LIMITS.alertFieldsMax);

const substitution = z.strictObject({
  name: said(z.string().min(1).max(256), `What the query calls it, \${name}.`),
  values: maybe(
    z.array(z.string().max(1_024)).max(KIND_LIMITS.substitutionValuesMax),
    "Its values, in which '*' and '?' are wildcards.",
  ),
});

const notify = z.strictObject({
  receiver: said(z.string().min(1).max(253), "Name of a receiver of the hub's configuration."),
});

const quarantine = z.strictObject({
  automatic: maybe(
    z.enum(['Propose', 'Act']),
    'What the installation says where absent; Act has effect only where the installation says Act, too.',
  ),
  expirySeconds: maybe(z.int().min(60).max(31_536_000), 'Seconds; what the installation says where absent.'),
});

const action = said(
  z.strictObject({
    type: said(
      z.enum(['Notify', 'Quarantine']),
      'Notify: tells a receiver. Quarantine: the pod from which the requests came, by its address at that time.',
    ),
    notify: maybe(notify, 'Whom to tell, of type Notify.'),
    quarantine: maybe(quarantine, 'How, of type Quarantine.'),
  }),
  'One thing that is done.',
  {
    rules: [
      {
        rule: "(self.type == 'Notify') == has(self.notify)",
        message: 'type Notify has notify, and no other has',
      },
      {
        rule: "!has(self.quarantine) || self.type == 'Quarantine'",
        message: 'quarantine is for type Quarantine',
      },
    ],
  },
);

export const alertSpec = z.strictObject({
  type: maybe(z.enum(['RuleBased']), 'RuleBased: a query, an aggregation and a condition.', {
    default: 'RuleBased',
  }),
  description: said(
    z.string().min(1).max(4_096),
    `What it is about. \${field} and \${metric} stand for their values, as in summary.`,
  ),
  summary: maybe(
    z.string().max(4_096),
    `What is said when it fires, with \${field} of aggregateBy and \${count} or another metric. The description where absent.`,
  ),
  severity: said(z.int().min(1).max(100), 'How bad it is, 1 to 100.'),
  dataSet: said(z.enum(['waf', 'l7']), 'waf: events of the firewall. l7: all HTTP, counted.'),
  period: maybe(duration, 'How often it is looked.', { default: '5m', rules: [atLeast('1m')] }),
  lookback: maybe(duration, 'How far back is looked.', { default: '10m', rules: [atLeast('1m')] }),
  query: maybe(
    z.string().max(KIND_LIMITS.queryCharactersMax),
    'Which records, in the language of docs/query.md; all where absent.',
  ),
  aggregateBy: maybe(fields, 'Fields whose values together make one group.'),
  metric: maybe(
    z.enum(['avg', 'max', 'min', 'sum', 'count', 'distinct']),
    'What is computed of each group. distinct: how many values of the field there are.',
  ),
  field: maybe(fieldName, 'What of; not of count.'),
  condition: maybe(
    z.enum(['eq', 'not_eq', 'gt', 'gte', 'lt', 'lte']),
    'How the metric, or the number of records, is compared with the threshold.',
  ),
  threshold: maybe(z.number(), 'What it is compared with; 0 where absent.'),
  rise: maybe(
    z.number().positive().max(1_000),
    'How many times its value in the time before, as long as the lookback, the value must be.',
  ),
  substitutions: maybe(
    z.array(substitution).max(KIND_LIMITS.substitutionsMax),
    `Lists of values that the query names, \${name}.`,
    { listMapKeys: ['name'] },
  ),
  actions: maybe(
    z.array(action).max(KIND_LIMITS.alertActionsMax),
    'What is done when it fires, beside being kept as an event. Without Notify all receivers are told.',
  ),
  key: maybe(
    fields,
    'Fields by whose values two findings are the same one; where absent those of aggregateBy and the workload, of a metric over everything none.',
  ),
  cooldown: maybe(duration, 'How long the same finding is not told again.', {
    default: '1h',
    rules: [atLeast('1m')],
  }),
  owner: maybe(z.string().max(253), 'Whom to ask: a team, a person, an address.'),
});

const time = z.string().max(64);
const asTime = { format: 'date-time' } as const;

/** With what a GlobalAlert's status says; the hub writes it. */
export const alertStatus = z.strictObject({
  ...conditionsStatus.shape,
  active: maybe(z.boolean(), 'Whether it fires, for one key or more.'),
  healthy: maybe(z.boolean(), 'Whether it could be evaluated, and whole.'),
  lastUpdate: maybe(time, 'When this was written.', asTime),
  lastExecuted: maybe(time, 'End of the time that was looked at last.', asTime),
  lastEvent: maybe(time, 'When it was last found to fire.', asTime),
  errorConditions: maybe(
    z
      .array(
        z.strictObject({
          type: said(z.string().max(64), 'TooManyKeys, TooLate, NotEvaluated.'),
          message: said(z.string().max(KIND_LIMITS.messageCharactersMax), 'Why, in words.'),
        }),
      )
      .max(16),
    'Why it is not healthy.',
  ),
});

/** As Calico says them of a GlobalAlert. */
export const ALERT_RULES = [
  { rule: '!has(self.field) || has(self.metric)', message: 'field without metric is invalid' },
  {
    rule: "!(has(self.metric) && self.metric == 'count' && has(self.field))",
    message: 'count metric cannot be applied to a field',
  },
  {
    rule: "!has(self.metric) || self.metric == 'count' || has(self.field)",
    message: 'non-count metrics require a field',
  },
  { rule: '!has(self.metric) || has(self.condition)', message: 'metrics require a condition' },
];
