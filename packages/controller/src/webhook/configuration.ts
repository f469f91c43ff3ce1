/**
 * What the API server is told of the webhook. It is asked about our own kinds when they are created or changed, and about nothing
 * else in the cluster; not about deletion, nor about status.
 *
 * `failurePolicy: Fail`: while no controller answers, our own kinds cannot be changed, and all else can. With Ignore, a
 * RuleSet that nobody has looked at would be accepted without a word, and its author would learn of it from a condition, if at all. What is in
 * force does not depend on it either way: the controller judges each RuleSet itself.
 */
import { FIELD_MANAGER, GROUP, VERSION } from '../kinds/names.ts';
import { WEBHOOK_LIMITS } from './limits.ts';

export const WEBHOOK_NAME = `policies.${GROUP}`;
export const WEBHOOK_PATH = '/validate';

/** Where it is reached: a Service of the cluster, or an address that a test listens on. */
export type WebhookAddress =
  | { readonly namespace: string; readonly service: string; readonly port: number }
  /** `https://127.0.0.1:9443`. */
  | { readonly url: string };

export const WEBHOOK_RESOURCES = [
  'rulesets',
  'wafpolicies',
  'clusterwafpolicies',
  'sluices',
  'alerts',
] as const;

/** @param trusted certificates of authorities, PEM */
export function webhookConfiguration(address: WebhookAddress, trusted: string) {
  const reached =
    'url' in address
      ? { url: `${address.url}${WEBHOOK_PATH}` }
      : {
          service: {
            namespace: address.namespace,
            name: address.service,
            port: address.port,
            path: WEBHOOK_PATH,
          },
        };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: WEBHOOK_NAME, labels: { 'app.kubernetes.io/managed-by': FIELD_MANAGER } },
    webhooks: [
      {
        name: WEBHOOK_NAME,
        clientConfig: { ...reached, caBundle: Buffer.from(trusted).toString('base64') },
        rules: [
          {
            apiGroups: [GROUP],
            apiVersions: [VERSION],
            operations: ['CREATE', 'UPDATE'],
            resources: [...WEBHOOK_RESOURCES],
            scope: '*',
          },
        ],
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        sideEffects: 'None',
        timeoutSeconds: WEBHOOK_LIMITS.timeoutSeconds,
        admissionReviewVersions: ['v1'],
      },
    ],
  } as const;
}
