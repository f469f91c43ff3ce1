/** Status of what people write: conditions, as Kubernetes has them. */
import { z } from 'zod';
import { KIND_LIMITS } from '../limits.ts';
import { maybe, said } from './field.ts';

const condition = z.strictObject({
  type: said(
    z.string().min(1).max(316),
    'Accepted: it says something that can be done. Validated: its SecLang compiles and its tests pass. Programmed: nodes have been told. Enforcing: a probe was answered as the policy says.',
  ),
  status: said(z.enum(['True', 'False', 'Unknown']), 'Whether it holds.'),
  reason: said(z.string().min(1).max(1_024), 'Why, in one word; docs/kubernetes.md has what to do.'),
  message: said(z.string().max(KIND_LIMITS.messageCharactersMax), 'Why, in words.'),
  observedGeneration: maybe(z.int().min(0), 'Generation of the object that it speaks of.'),
  lastTransitionTime: said(z.string().max(64), 'When status last changed.', { format: 'date-time' }),
});

export const conditionsStatus = z.strictObject({
  conditions: maybe(z.array(condition).max(16), 'What has become of it.', { listMapKeys: ['type'] }),
});
