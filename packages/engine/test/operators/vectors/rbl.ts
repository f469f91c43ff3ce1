/** Vectors of @rbl. It is never asked: nothing waits for the network (src/operators/rbl.ts). */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'RFC 5782 §2.1 and §5: even the entries that every list has for tests are not looked up',
      cases: [
        ['zen.example', '127.0.0.2', false],
        ['zen.example', '127.0.0.1', false],
        ['zen.example', '::ffff:7f00:2', false],
        ['zen.example', '', false],
        ['zen.example', 'x', false],
        ['zen.example', '\x00', false],
        ['zen.example', '\xff', false],
        ['zen.example', '999.0.0.1', false],
      ],
    },
  ],
  refused: [''],
};
