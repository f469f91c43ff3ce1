/** Spec of Sluice: the installation. */
import { z } from 'zod';
import { KIND_LIMITS } from '../limits.ts';
import { maybe, namespaceName } from './field.ts';
import { settingsSchema } from './settings.ts';

const namespaces = z.array(namespaceName).max(KIND_LIMITS.namespacesMax);

export const quarantineSchema = z.strictObject({
  automatic: maybe(
    z.enum(['Propose', 'Act']),
    'What an alert whose action is a quarantine does by itself. Propose: a proposal that somebody confirms. Act: the pod is cut off.',
    { default: 'Propose' },
  ),
  podsPerWorkloadAndHour: maybe(
    z.int().min(0).max(1_000),
    'Pods of a workload that are put into quarantine by themselves within an hour.',
    { default: 1 },
  ),
  expirySeconds: maybe(
    z.int().min(60).max(31_536_000),
    'Seconds until a quarantine ends by itself, unless it says otherwise.',
    { default: 3_600 },
  ),
  neverNamespaces: maybe(
    namespaces,
    'Namespaces whose pods are never put into quarantine, beside those of the system.',
  ),
});

export const sluiceSpec = z.strictObject({
  defaults: maybe(
    settingsSchema,
    'What policies inherit where no ClusterWAFPolicy says otherwise, field by field.',
  ),
  excludedNamespaces: maybe(namespaces, 'Namespaces that are never selected, beside those of the system.'),
  trustedProxies: maybe(
    z.array(z.string().min(1).max(64)).max(KIND_LIMITS.networksMax),
    'CIDR ranges of proxies whose X-Forwarded-For is believed.',
  ),
  quarantine: maybe(quarantineSchema, 'What may be put into quarantine, and for how long.'),
  calico: maybe(
    z.enum(['Auto', 'Never']),
    "Whether kinds of Calico's are read. Auto: where no controller of Calico's manages them.",
    { default: 'Auto' },
  ),
});
