import { describe, expect, it } from 'vitest';
import { ServerError } from '../src/errors.ts';
import { describeFault, LogThrottle } from '../src/log.ts';
import { nearest } from '../src/nearest.ts';

describe('server errors', () => {
  it('show their place, their message and their code', () => {
    const position = { file: 'a.yaml', line: 2, column: 3 };
    const error = new ServerError('CONFIG_INVALID', { reason: 'bad {offset}' }, { position, cause: 1 });
    expect(error.message).toBe('a.yaml:2:3: bad {offset} [CONFIG_INVALID]');
    expect(error.cause).toBe(1);
  });
});

describe('describeFault', () => {
  it('tells class, code and place, never the message', () => {
    const fault = describeFault(new ServerError('POLICY_UNKNOWN', { name: 'secret\n    at secret (x:1:1)' }));
    expect(fault).toMatchObject({ errorClass: 'ServerError', code: 'POLICY_UNKNOWN' });
    expect(fault.stack.length).toBeGreaterThan(0);
    expect(JSON.stringify(fault)).not.toContain('secret');
  });

  it.each([undefined, null, 'secret', 7])('takes %j', (thrown) => {
    expect(JSON.stringify(describeFault(thrown))).not.toContain('secret');
  });
});

describe('LogThrottle', () => {
  it('lets a few lines through in each period, and says how many it left out', () => {
    const throttle = new LogThrottle(2, 100);
    const admitted = [0, 1, 2, 3, 100, 101, 102].map((at) => throttle.admit(1_000 + at));
    expect(admitted).toEqual([0, 0, null, null, 2, 0, null]);
  });
});

describe('nearest', () => {
  it.each([
    ['polices', 'policies'],
    ['LISTEN', 'listen'],
    ['xyzzy', null],
    ['', null],
    ['l'.repeat(1_000), null],
  ])('finds for %s %s', (name, expected) => {
    expect(nearest(name, ['policies', 'listen'])).toBe(expected);
  });
});
