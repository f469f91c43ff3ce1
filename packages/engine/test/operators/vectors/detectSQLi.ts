/** Vectors of @detectSQLi. Fingerprints are libinjection's: letters for the kinds of the first five tokens. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'reference manual, "detectSQLi"; libinjection 3: the folded fingerprint is TX.0',
      cases: [
        ['', '1 union select 1', ['1UE1']],
        ['', "' or '1'='1", ['s&sos']],
        ['', "1' or 1=1--", ['s&1c']],
        ['', '1 or 1=1', ['1&1']],
        ['', "admin'--", ['sc']],
        ['', '1;drop table users', ['1;Tnn']],
        ['', '" or ""="', ['s&sos']],
        ['', '1 UNION ALL SELECT NULL,NULL', ['1UEv']],
        ['', "x' AND 1=0 UNION SELECT password FROM users--", ['s&1UE']],
        ['', 'sleep(5)', ['f(1)']],
      ],
    },
    {
      source: 'libinjection: what is no SQL injection',
      cases: [
        ['', '', false],
        ['', 'a', false],
        ['', '1', false],
        ['', 'harmless', false],
        ['', "O'Neill", false],
        ['', 'union', false],
        ['', 'select a book', false],
        ['', '\x00', false],
        ['', '\xff\xfe', false],
        ['', 'a'.repeat(70_000), false],
        ['', "'", false],
        ['', '--', false],
      ],
    },
  ],
};
