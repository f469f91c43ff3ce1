/**
 * detectSQLi: the value is SQL injection by libinjection. Captures its fingerprint as TX.0.
 *
 * Source: reference manual, "detectSQLi". Takes no argument.
 */
import type { OperatorDefinition } from './operator.ts';

export const detectSqli: OperatorDefinition = {
  name: 'detectSQLi',
  create: (_, environment) => ({
    match(value) {
      const fingerprint = environment.detectSqli(value);
      return fingerprint === null ? null : [fingerprint];
    },
  }),
};
