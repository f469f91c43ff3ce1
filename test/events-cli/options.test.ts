/** Times, addresses, and which store is meant. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeAddress, parseStoreAddress } from '../../packages/cli/src/events/address.ts';
import { chooseStore } from '../../packages/cli/src/events/session.ts';
import { parseTime } from '../../packages/cli/src/events/time.ts';
import { NOW } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-events-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a time', () => {
  it.each([
    ['now', '2026-11-23T12:00:00.000Z'],
    ['-15m', '2026-11-23T11:45:00.000Z'],
    ['now-1d', '2026-11-22T12:00:00.000Z'],
    ['-2w', '2026-11-09T12:00:00.000Z'],
    ['-30s', '2026-11-23T11:59:30.000Z'],
    ['2026-11-01', '2026-11-01T00:00:00.000Z'],
    ['2026-11-01T10:00', '2026-11-01T10:00:00.000Z'],
    ['2026-11-01T10:00:00.5+02:00', '2026-11-01T08:00:00.500Z'],
  ])('%s is %s', (text, iso) => {
    expect(new Date(parseTime('--from', text, NOW)).toISOString()).toBe(iso);
  });

  it.each(['', '15m', '-15', '-1y', 'now+1d', '2026-13-01', '2026-11-01 10:00', '1700000000'])(
    'is not %j',
    (text) => {
      expect(() => parseTime('--from', text, NOW)).toThrow(/--from: .* is no time/);
    },
  );
});

describe('an address', () => {
  it.each([
    ['sqlite:/var/lib/events.db', { kind: 'sqlite', path: '/var/lib/events.db' }],
    ['https://hub:9443', { kind: 'hub', url: 'https://hub:9443' }],
    ['elasticsearch:http://es:9200', { kind: 'elasticsearch', url: 'http://es:9200' }],
  ])('%s', (text, address) => {
    expect(parseStoreAddress(text)).toEqual(address);
    expect(describeAddress(parseStoreAddress(text))).toBe(text);
  });

  it.each([
    ['', 'it names no kind of store'],
    ['events.db', 'it names no kind of store'],
    ['sqlite:', 'there is no path'],
    ['mysql:x', 'there is no store of the kind mysql'],
    ['elasticsearch:es', 'is no URL'],
    ['elasticsearch:ftp://es', 'it is neither http nor https'],
  ])('is not %j', (text, reason) => {
    expect(() => parseStoreAddress(text)).toThrow(reason);
  });

  it('never shows a password', () => {
    expect(() => parseStoreAddress('elasticsearch:ftp://a:secret@es')).not.toThrow('secret');
    expect(describeAddress(parseStoreAddress('https://a:secret@hub'))).toBe('https://a:…@hub');
  });
});

describe('the store', () => {
  const variables = { XDG_STATE_HOME: folder };

  it('is that of --store, of SLUICE_STORE, or of the last demo', () => {
    expect(() => chooseStore({}, variables)).toThrow(/no demo has kept events here.*EVENTS_NO_STORE/);
    mkdirSync(join(folder, 'sluice/demo'), { recursive: true });
    writeFileSync(join(folder, 'sluice/demo/store.json'), '{"store":"sqlite:/demo.db"}');
    expect(chooseStore({}, variables)).toEqual({ kind: 'sqlite', path: '/demo.db' });
    const own = { ...variables, SLUICE_STORE: 'https://hub' };
    expect(chooseStore({}, own)).toEqual({ kind: 'hub', url: 'https://hub' });
    expect(chooseStore({ store: 'sqlite:/x' }, own)).toEqual({ kind: 'sqlite', path: '/x' });
  });

  it.each(['{', '{"store":1}', '[]'])('is not told by %s', (text) => {
    writeFileSync(join(folder, 'sluice/demo/store.json'), text);
    expect(() => chooseStore({}, variables)).toThrow(/DEMO_STATE_DAMAGED/);
  });
});
