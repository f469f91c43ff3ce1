import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bitsOfIpv4, writeMaxMind } from '../operators/maxmind-writer.ts';
import { engine, judge, refusedAtLoad, ruleSetOf } from './support.ts';

let directory = '';
let database = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-geo-'));
  database = join(directory, 'city.mmdb');
  const record = {
    country: { iso_code: 'NZ', names: { de: 'Neuseeland', en: 'New Zealand' } },
    continent: { code: 'OC' },
    city: { names: { en: 'Wellington' } },
    subdivisions: [{ iso_code: 'WGN' }],
    postal: { code: '6011' },
    location: { latitude: -41.25, longitude: 174.5, metro_code: 7 },
  };
  const bits = '0'.repeat(96) + bitsOfIpv4('192.0.2.0', 24);
  const bare = { bits: '0'.repeat(96) + bitsOfIpv4('198.51.100.0', 24), record: { other: true } };
  writeFileSync(database, writeMaxMind([{ bits, record }, bare]));
});

afterAll(() => rmSync(directory, { recursive: true }));

const FIELDS = [
  ...['COUNTRY_CODE', 'COUNTRY_NAME', 'COUNTRY_CONTINENT', 'REGION', 'CITY', 'POSTAL_CODE'],
  ...['LATITUDE', 'LONGITUDE', 'DMA_CODE'],
];
const RULES = `SecRule REMOTE_ADDR "@geoLookup" "id:1,phase:1,pass,setvar:tx.from=%{GEO.COUNTRY_CODE}"
  SecRule GEO:country_code "@streq NZ" "id:2,phase:1,deny"
  SecAction "id:3,phase:1,pass,logdata:'${FIELDS.map((field) => `%{GEO.${field}}`).join('|')}'"
  SecRule REMOTE_ADDR "!@geoLookup" "id:4,phase:1,pass"`;

describe('@geoLookup', () => {
  const rulesOf = () => ruleSetOf(`SecGeoLookupDb ${database}\n${RULES}`, { mode: 'Detect' });

  it('finds what the database says of an address', () => {
    const { verdict, ids, result, tx } = judge(rulesOf(), { client: '192.0.2.77' });
    expect(verdict).toMatchObject({ kind: 'deny', ruleId: 2 });
    expect(ids).toEqual([1, 2, 3]);
    expect(tx.from).toBe('NZ');
    expect(result.matches[2]?.data).toBe('NZ|New Zealand|OC|WGN|Wellington|6011|-41.25|174.5|7');
  });

  it('does not match an address that the database has not', () => {
    const { ids, result } = judge(rulesOf(), { client: '203.0.113.1' });
    expect(ids).toEqual([3, 4]);
    expect(result.matches[0]?.data).toBe('||||||||');
  });

  it('matches a record without a place, and leaves GEO empty', () => {
    expect(judge(rulesOf(), { client: '198.51.100.5' }).ids).toEqual([1, 3]);
  });

  it('forgets what an earlier lookup found', () => {
    const ruleSet = ruleSetOf(`SecGeoLookupDb ${database}
      SecRule ARGS "@geoLookup" "id:1,phase:1,pass"
      SecRule &GEO "@eq 0" "id:2,phase:1,pass"`);
    expect(judge(ruleSet, { uri: '/?a=192.0.2.1' }).ids).toEqual([1]);
    expect(judge(ruleSet, { uri: '/?a=192.0.2.1&b=198.51.100.5' }).ids).toEqual([1, 2]);
  });

  it('matches nothing without a database, and says so once', () => {
    const twice = `${RULES}\nSecRule REMOTE_ADDR "@geoLookup" "id:5,phase:1,pass"`;
    expect(judge(ruleSetOf(twice), { client: '192.0.2.77' }).ids).toEqual([3, 4]);
    const { warnings } = engine.compile([{ path: 'test.conf', text: twice }]);
    expect(warnings).toMatchObject([{ message: '@geoLookup: without SecGeoLookupDb it never matches' }]);
  });

  it('takes a database of a policy for the rules of its base', () => {
    const before = [engine.loadRules([{ path: 'geo.conf', text: `SecGeoLookupDb ${database}` }])];
    expect(judge(ruleSetOf(RULES, { before, mode: 'Detect' }), { client: '192.0.2.77' }).ids).toEqual([
      1, 2, 3,
    ]);
  });

  it('finds a database beside its rule file', () => {
    const text = `SecGeoLookupDb city.mmdb\n${RULES}`;
    expect(engine.compile([{ path: join(directory, 'rules.conf'), text }]).settings.geoDatabase).toBe(
      database,
    );
  });

  it('refuses a database that is missing or none, with its place', () => {
    for (const path of ['nowhere.mmdb', directory, import.meta.filename]) {
      const error = refusedAtLoad(`# one\nSecGeoLookupDb ${path}`);
      expect(error).toMatchObject({ code: 'RULE_FILE_UNREADABLE', position: { line: 2 } });
    }
  });

  it('refuses fields that no database has', () => {
    for (const field of ['COUNTRY_CODE3', 'AREA_CODE'])
      expect(refusedAtLoad(`SecRule GEO:${field} "@rx ." "id:1,phase:1,pass"`).code).toBe(
        'SECLANG_UNSUPPORTED',
      );
  });
});

describe('@rbl', () => {
  it('matches nothing, and says so', () => {
    const text = 'SecRule REMOTE_ADDR "@rbl zen.example" "id:1,phase:1,deny"';
    expect(judge(ruleSetOf(text)).ids).toEqual([]);
    const { warnings } = engine.compile([{ path: 'test.conf', text }]);
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('@rbl: no request waits'),
    ]);
  });

  it('is refused where it would match everybody', () => {
    const error = refusedAtLoad('SecRule REMOTE_ADDR "!@rbl zen.example" "id:1,phase:1,deny"');
    expect(error).toMatchObject({ code: 'SECLANG_UNSUPPORTED' });
    expect(error.remedy).toContain('@ipMatchFromFile');
  });
});
