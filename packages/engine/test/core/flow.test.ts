import { describe, expect, it } from 'vitest';
import { refused, run } from './support.ts';

describe('skipAfter', () => {
  it('goes on behind its marker, in its own phase only', () => {
    const { ids } = run(
      `SecAction "id:1,phase:1,pass,skipAfter:END"
       SecAction "id:2,phase:1,pass"
       SecAction "id:3,phase:2,pass"
       SecMarker END
       SecAction "id:4,phase:1,pass"`,
    );
    expect(ids).toEqual([1, 4, 3]);
  });

  it('stops at the first marker of its name that follows', () => {
    const { ids } = run(
      `SecAction "id:1,phase:1,pass,skipAfter:END"
       SecAction "id:2,phase:1,pass"
       SecMarker END
       SecAction "id:3,phase:1,pass"
       SecMarker END
       SecAction "id:4,phase:1,pass"`,
    );
    expect(ids).toEqual([1, 3, 4]);
  });

  it('to a marker that stands nowhere is refused', () => {
    const error = refused('SecAction "id:1,phase:1,pass,skipAfter:NOWHERE"');
    expect(error.code).toBe('SECLANG_BAD_ARGUMENT');
    expect(error.message).toContain('NOWHERE');
    expect(error.position).toMatchObject({ file: 'test.conf', line: 1 });
  });

  it('to a marker that stands only before the rule is refused: it would switch off the rest of the phase', () => {
    const error = refused('SecMarker BEFORE\nSecAction "id:1,phase:1,pass,skipAfter:BEFORE"');
    expect(error.code).toBe('SECLANG_BAD_ARGUMENT');
    expect(error.position).toMatchObject({ line: 2 });
  });
});

describe('skip', () => {
  it('passes over as many rules, a chain being one, markers none', () => {
    const { ids } = run(
      `SecAction "id:1,phase:1,pass,skip:2"
       SecMarker M
       SecAction "id:2,phase:2,pass"
       SecRule ARGS:a "@streq 1" "id:3,phase:1,pass,chain"
         SecRule ARGS:a "@streq 1"
       SecAction "id:4,phase:1,pass"
       SecAction "id:5,phase:1,pass"`,
      { uri: '/?a=1' },
    );
    expect(ids).toEqual([1, 5, 2]);
  });

  it('beyond the last rule ends the phase', () => {
    expect(run('SecAction "id:1,phase:1,pass,skip:9"\nSecAction "id:2,phase:1,pass"').ids).toEqual([1]);
  });
});

describe('phases', () => {
  it('run in their order, the rules of each in the order of the file', () => {
    const { ids } = run(
      `SecAction "id:5,phase:5,pass"
       SecAction "id:4,phase:4,pass"
       SecAction "id:3,phase:3,pass"
       SecAction "id:21,phase:2,pass"
       SecAction "id:22,pass"
       SecAction "id:1,phase:1,pass"`,
      { response: {} },
    );
    expect(ids).toEqual([1, 21, 22, 3, 4, 5]);
  });

  it('take the names request, response and logging', () => {
    const { ids } = run(
      'SecAction "id:5,phase:logging,pass"\nSecAction "id:4,phase:response,pass"\nSecAction "id:2,phase:request,pass"',
      { response: {} },
    );
    expect(ids).toEqual([2, 4, 5]);
  });
});
