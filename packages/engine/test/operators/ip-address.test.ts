import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressSet } from '../../src/operators/address-set.ts';
import { parseAddress } from '../../src/operators/ip-address.ts';

const ipv4 = fc.ipV4();
const ipv6 = fc.ipV6();
const malformed = fc.stringMatching(/^[0-9a-f:.]{0,20}$/);

describe('parseAddress', () => {
  it('takes exactly what the platform takes for an address', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6, malformed), (text) => {
        expect(parseAddress(text) !== null, text).toBe(isIP(text) !== 0);
      }),
      { numRuns: 3_000 },
    );
  });

  it('refuses a text of any length', () => {
    expect(parseAddress('1:'.repeat(1_000_000))).toBeNull();
  });
});

describe('AddressSet', () => {
  it('agrees with the platform on networks of IPv4', () => {
    fc.assert(
      fc.property(ipv4, fc.integer({ min: 1, max: 32 }), ipv4, (network, prefix, address) => {
        const blocks = new BlockList();
        blocks.addSubnet(network, prefix, 'ipv4');
        const addresses = new AddressSet();
        expect(addresses.add(`${network}/${prefix}`)).toBe(true);
        expect(addresses.has(address)).toBe(blocks.check(address, 'ipv4'));
        expect(addresses.has(network)).toBe(true);
      }),
    );
  });

  it('agrees with the platform on networks of IPv6', () => {
    fc.assert(
      fc.property(ipv6, fc.integer({ min: 1, max: 128 }), ipv6, (network, prefix, address) => {
        const blocks = new BlockList();
        blocks.addSubnet(network, prefix, 'ipv6');
        const addresses = new AddressSet();
        expect(addresses.add(`${network}/${prefix}`)).toBe(true);
        expect(addresses.has(address)).toBe(blocks.check(address, 'ipv6'));
        expect(addresses.has(network)).toBe(true);
      }),
    );
  });

  it('refuses what is no network', () => {
    expect(new AddressSet().add('10.0.0.0/x')).toBe(false);
    expect(new AddressSet().has('10.0.0.0')).toBe(false);
  });
});
