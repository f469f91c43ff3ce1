/** `capture` of sluice.yaml. */
import { z } from 'zod';
import { policyName } from '../policies/policy-schema.ts';
import { isCaptureKey } from './format.ts';
import { CAPTURE_LIMITS } from './limits.ts';

const BYTES_MAX = 1_099_511_627_776;

const captured = z.strictObject({
  /** Whose private key reads it. */
  key: z.string().refine(isCaptureKey, 'a public key as sluice promote capture-key prints it'),
  perSecondMax: z.int().min(1).max(100_000).default(CAPTURE_LIMITS.perSecondMax),
});

/** False: nothing is captured. */
export const captureSchema = z
  .union([
    z.literal(false),
    z.strictObject({
      directory: z.string().min(1),
      bytesMax: z.int().min(1_048_576).max(BYTES_MAX).default(CAPTURE_LIMITS.bytesMax),
      policies: z.record(policyName, captured),
    }),
  ])
  .default(false);
