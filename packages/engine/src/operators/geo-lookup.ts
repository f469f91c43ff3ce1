/**
 * geoLookup: the value is an address that the database of SecGeoLookupDb has; what it says of it goes to GEO. Without a
 * database nothing matches. Captures nothing.
 *
 * Source: reference manual, "geoLookup" and "GEO". A host's name is not looked up.
 */
import { type GeoDatabase, openGeoDatabase } from './geo-database.ts';
import type { MaxMindMap, MaxMindValue } from './maxmind-data.ts';
import { NO_CAPTURES, type OperatorDefinition } from './operator.ts';

/** Fields of GEO by where a MaxMind database has them. COUNTRY_CODE3 and AREA_CODE are of the format before. */
const FIELDS: readonly (readonly [field: string, ...path: (string | number)[]])[] = [
  ['COUNTRY_CODE', 'country', 'iso_code'],
  ['COUNTRY_NAME', 'country', 'names', 'en'],
  ['COUNTRY_CONTINENT', 'continent', 'code'],
  ['REGION', 'subdivisions', 0, 'iso_code'],
  ['CITY', 'city', 'names', 'en'],
  ['POSTAL_CODE', 'postal', 'code'],
  ['LATITUDE', 'location', 'latitude'],
  ['LONGITUDE', 'location', 'longitude'],
  ['DMA_CODE', 'location', 'metro_code'],
];

export const GEO_FIELDS: readonly string[] = FIELDS.map(([field]) => field);

/** The argument is the path of the policy's database: see compile/operator.ts. */
export const geoLookup: OperatorDefinition = {
  name: 'geoLookup',
  create: () => ({
    match: (value, path) => (path !== '' && openGeoDatabase(path).find(value) !== null ? NO_CAPTURES : null),
    tell: (findings, value, path) => {
      const fields = fieldsOf(openGeoDatabase(path), value);
      findings.geo = fields.map(([key, text]) => ({ key, lowerKey: key.toLowerCase(), value: text }));
    },
  }),
};

function fieldsOf(database: GeoDatabase, address: string): readonly (readonly [string, string])[] {
  const record = database.find(address);
  if (record === null) return [];
  return FIELDS.flatMap(([field, ...path]): [string, string][] => {
    const value = valueAt(record, path);
    return typeof value === 'string' || typeof value === 'number' ? [[field, String(value)]] : [];
  });
}

function valueAt(record: MaxMindMap, path: readonly (string | number)[]): MaxMindValue | undefined {
  let at: MaxMindValue | undefined = record;
  for (const step of path) {
    if (typeof step === 'string') at = at instanceof Map ? at.get(step) : undefined;
    else at = Array.isArray(at) ? at[step] : undefined;
  }
  return at;
}
