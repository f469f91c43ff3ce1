/**
 * detectXSS: the value is cross-site scripting by libinjection. Captures the value as TX.0.
 *
 * Source: reference manual, "detectXSS". Takes no argument.
 */
import type { OperatorDefinition } from './operator.ts';

export const detectXss: OperatorDefinition = {
  name: 'detectXSS',
  create: (_, environment) => ({ match: (value) => (environment.detectXss(value) ? [value] : null) }),
};
