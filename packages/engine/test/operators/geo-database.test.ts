import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/errors.ts';
import { GeoDatabase } from '../../src/operators/geo-database.ts';
import { bitsOfIpv4, type Network, writeMaxMind } from './maxmind-writer.ts';

const ZEROS = '0'.repeat(96);
const recordOf = (name: string) => ({ name, long: 'x'.repeat(400), flag: true, list: [1, 2.5, 'end'] });
const NETWORKS: readonly Network[] = [
  { bits: ZEROS + bitsOfIpv4('10.0.0.0', 8), record: recordOf('ten') },
  { bits: ZEROS + bitsOfIpv4('192.0.2.128', 25), record: recordOf('half') },
  { bits: '0010000000000001', record: recordOf('two thousand and one') },
];

const nameOf = (database: GeoDatabase, address: string) => database.find(address)?.get('name');

describe.each([24, 28, 32] as const)('a database with records of %i bits', (recordBits) => {
  const database = new GeoDatabase(writeMaxMind(NETWORKS, { recordBits, pointers: true }), 'test.mmdb');

  it.each([
    ['10.0.0.0', 'ten'],
    ['10.255.255.255', 'ten'],
    ['11.0.0.0', undefined],
    ['9.255.255.255', undefined],
    ['192.0.2.127', undefined],
    ['192.0.2.128', 'half'],
    ['::ffff:192.0.2.200', 'half'],
    ['2001::1', 'two thousand and one'],
    ['2001:ffff::', 'two thousand and one'],
    ['2002::1', undefined],
    ['', undefined],
    ['shop.example', undefined],
    ['10.0.0.1 ', undefined],
  ])('has of %j: %j', (address, name) => {
    expect(nameOf(database, address)).toBe(name);
  });

  it('reads values of each type', () => {
    const record = database.find('10.0.0.1');
    expect(record?.get('long')).toBe('x'.repeat(400));
    expect(record?.get('flag')).toBe(true);
    expect(record?.get('list')).toEqual([1, 2.5, 'end']);
  });
});

describe('a database of IPv4', () => {
  const bytes = writeMaxMind([{ bits: bitsOfIpv4('10.0.0.0', 8), record: recordOf('ten') }], {
    ipVersion: 4,
  });
  const database = new GeoDatabase(bytes, 'test.mmdb');

  it.each([
    ['10.1.2.3', 'ten'],
    ['11.1.2.3', undefined],
    ['2001::1', undefined],
    ['::a00:1', undefined],
  ])('has of %s: %j', (address, name) => {
    expect(nameOf(database, address)).toBe(name);
  });
});

describe('a database of more than 16 MiB', () => {
  it.each([
    ['0', '1.2.3.4'],
    ['1', '200.2.3.4'],
  ])('has records of 28 bits whose highest stand in the middle: %s', (bits, address) => {
    const small = writeMaxMind([{ bits, record: recordOf('far') }], { ipVersion: 4, recordBits: 28 });
    const far = 0x100_0000;
    // One node: its two records, and where they point to.
    const [notFound, found] = [1, 1 + 16 + far];
    const [left, right] = bits === '0' ? [found, notFound] : [notFound, found];
    const tree = Buffer.alloc(7);
    tree.writeUIntBE(left % far, 0, 3);
    tree.writeUInt8(Math.floor(left / far) * 16 + Math.floor(right / far), 3);
    tree.writeUIntBE(right % far, 4, 3);
    const bytes = Buffer.concat([tree, Buffer.alloc(16 + far), small.subarray(7 + 16)]);
    expect(nameOf(new GeoDatabase(bytes, 'test.mmdb'), address)).toBe('far');
  });
});

describe('bytes that are no database', () => {
  const refused = (bytes: Buffer) => () => new GeoDatabase(bytes, 'test.mmdb');
  const error = expect.objectContaining({ code: 'RULE_FILE_UNREADABLE' });

  it('are refused', () => {
    const good = writeMaxMind(NETWORKS);
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('GIF89a'),
      good.subarray(0, 100),
      good.subarray(good.lastIndexOf('MaxMind') - 9),
    ])
      expect(refused(bytes)).toThrow(error);
  });

  it('give an error of this engine or a value, however they are damaged', () => {
    const good = writeMaxMind(NETWORKS, { pointers: true });
    const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(damage, (changes) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          const database = new GeoDatabase(bytes, 'test.mmdb');
          for (const address of ['10.1.2.3', '192.0.2.200', '2001::1']) database.find(address);
        } catch (caught) {
          expect(caught).toBeInstanceOf(EngineError);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('end where pointers go in a circle', () => {
    const bytes = writeMaxMind([{ bits: ZEROS + bitsOfIpv4('10.0.0.0', 8), record: 'self' }], {
      recordBits: 24,
    });
    const record = bytes.indexOf(Buffer.from('\x44self', 'latin1'));
    bytes[record] = 0x20;
    bytes[record + 1] = 0;
    expect(() => new GeoDatabase(bytes, 'test.mmdb').find('10.0.0.1')).toThrow(error);
  });
});
