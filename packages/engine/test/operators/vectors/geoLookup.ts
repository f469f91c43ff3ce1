/** Vectors of @geoLookup. The argument is the database's path; without one no address is known. With one: geo-database.test.ts. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'reference manual, "geoLookup": without SecGeoLookupDb it matches nothing',
      cases: [
        ['', '', false],
        ['', '192.0.2.1', false],
        ['', '8.8.8.8', false],
        ['', '2001:db8::1', false],
        ['', '::ffff:8.8.8.8', false],
        ['', 'x', false],
        ['', '\x00', false],
        ['', '\xff', false],
      ],
    },
  ],
};
