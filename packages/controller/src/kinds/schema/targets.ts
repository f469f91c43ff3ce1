/** What policies point at. */
import { z } from 'zod';
import { GATEWAY_GROUP } from '../../gateway-api.ts';
import { KIND_LIMITS } from '../limits.ts';
import { maybe, objectName, said } from './field.ts';

const labelKey = z.string().min(1).max(317);
const labelValue = z.string().max(63);

const expression = said(
  z.strictObject({
    key: said(labelKey, "The label's key."),
    operator: said(z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']), 'How it is compared.'),
    values: maybe(
      z.array(labelValue).max(KIND_LIMITS.selectorValuesMax),
      'Values, of In and NotIn; none of the others.',
    ),
  }),
  'One requirement.',
  {
    rules: [
      {
        rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
        message: 'In and NotIn take values, Exists and DoesNotExist take none',
      },
    ],
  },
);

export const labelSelectorSchema = z.strictObject({
  matchLabels: maybe(
    z.record(labelKey, labelValue).meta({ maxProperties: KIND_LIMITS.selectorExpressionsMax }),
    'Labels that must be there with just this value.',
  ),
  matchExpressions: maybe(
    z.array(expression).max(KIND_LIMITS.selectorExpressionsMax),
    'Requirements, all of which must hold.',
  ),
});

export const targetRefSchema = said(
  z.strictObject({
    group: said(
      z.string().max(253).default(''),
      `Empty for a Service; ${GATEWAY_GROUP} for a Gateway or an HTTPRoute.`,
    ),
    kind: said(z.enum(['Service', 'Gateway', 'HTTPRoute']), 'Kind of the target.'),
    name: said(objectName, 'Its name, in the namespace of the policy.'),
    sectionName: maybe(
      z.string().min(1).max(253),
      'Name of a port of a Service, of a listener of a Gateway, or of a rule of an HTTPRoute. All of them where absent.',
    ),
  }),
  'A target, as policies of Gateway API name theirs.',
  {
    rules: [
      {
        rule: `self.group == (self.kind == 'Service' ? '' : '${GATEWAY_GROUP}')`,
        message: `group is empty for a Service, and ${GATEWAY_GROUP} for a Gateway or an HTTPRoute`,
      },
    ],
  },
);

export const tlsRefSchema = z.strictObject({
  port: said(z.string().min(1).max(63), "The Service port's name or number."),
  secretName: said(objectName, 'A Secret of type kubernetes.io/tls in the namespace of the policy.'),
});
