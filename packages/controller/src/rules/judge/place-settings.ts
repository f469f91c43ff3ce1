/** A place's settings as the engine takes them. */
import type { PolicyOverlay } from '@sluice/engine';
import { parseConfig, ruleSettings, ServerError } from '@sluice/server';
import { stringify } from 'yaml';
import type { RulePlace } from '../verdict.ts';

/** What of a policy's settings rules depend on. */
const HEEDED = ['paranoia', 'thresholds', 'exclusions', 'addresses', 'body', 'responses'] as const;

/**
 * In mode Block: what is asked of tests is what would be denied. Settings that the server would refuse are its defaults here;
 * whoever made them is told at the policy.
 */
export function placeSettings({ name, settings }: RulePlace): PolicyOverlay {
  const heeded = Object.fromEntries(HEEDED.flatMap((key) => (key in settings ? [[key, settings[key]]] : [])));
  const read = (policy: Readonly<Record<string, unknown>>): PolicyOverlay => {
    const { policies } = parseConfig(stringify({ policies: { default: policy } }), 'policy.yaml');
    return { ...ruleSettings(name, policies.default), mode: 'Block' };
  };
  try {
    return read(heeded);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    return read({});
  }
}
