import { describe, expect, it } from 'vitest';
import { decide, weakerMode } from '../src/decide.ts';
import { type Mode, UNINSPECTABLE_CAUSES, type UninspectableCause, type Verdict } from '../src/inspector.ts';
import type { EnforcedPolicy } from '../src/policy.ts';

const MODES: readonly Mode[] = ['Off', 'Detect', 'Block'];
const policy = (mode: Mode, more: Partial<EnforcedPolicy['uninspectable']> = {}): EnforcedPolicy => ({
  mode,
  uninspectable: { default: 'deny', overrides: {}, ...more },
});
const DENY: Verdict = { kind: 'deny', status: 403, ruleId: 1 };
const uninspectable = (cause: UninspectableCause): Verdict => ({ kind: 'uninspectable', cause });

describe('decide', () => {
  it.each(['Off', 'Detect'] as const)('never denies in %s', (mode) => {
    for (const verdict of [DENY, ...UNINSPECTABLE_CAUSES.map(uninspectable)]) {
      for (const transaction of MODES) {
        expect(decide(verdict, policy(mode), transaction).action).toBe('allow');
      }
    }
  });

  it('denies in Block what the rules deny, with their status', () => {
    expect(decide({ ...DENY, status: 429 }, policy('Block'), 'Block')).toEqual({
      action: 'deny',
      status: 429,
      wouldBlock: false,
      mode: 'Block',
    });
  });

  it.each([0, 200, 302, 399, 418, 499, 999, -1, Number.NaN, 403.5])(
    'denies with 403 where the status is %s, which Envoy would refuse',
    (status) => {
      expect(decide({ ...DENY, status }, policy('Block'), 'Block')).toMatchObject({
        action: 'deny',
        status: 403,
      });
    },
  );

  it.each(UNINSPECTABLE_CAUSES)('denies in Block for %s, unless the policy names it', (cause) => {
    const verdict = uninspectable(cause);
    expect(decide(verdict, policy('Block'), 'Block').action).toBe('deny');
    expect(decide(verdict, policy('Block', { overrides: { [cause]: 'allow' } }), 'Block').action).toBe(
      'allow',
    );
    expect(decide(verdict, policy('Block', { default: 'allow' }), 'Block').action).toBe('allow');
    const strict = policy('Block', { default: 'allow', overrides: { [cause]: 'deny' } });
    expect(decide(verdict, strict, 'Block').action).toBe('deny');
  });

  it('lets no override speak for another cause', () => {
    const lenient = policy('Block', { overrides: { body_size: 'allow' } });
    for (const cause of UNINSPECTABLE_CAUSES) {
      const { action } = decide(uninspectable(cause), lenient, 'Block');
      expect(action).toBe(cause === 'body_size' ? 'allow' : 'deny');
    }
  });

  it('says in Detect what Block would have denied', () => {
    expect(decide(DENY, policy('Detect'), 'Detect').wouldBlock).toBe(true);
    expect(decide(uninspectable('body_size'), policy('Detect'), 'Detect').wouldBlock).toBe(true);
    expect(decide({ kind: 'allow' }, policy('Detect'), 'Detect').wouldBlock).toBe(false);
    const lenient = policy('Detect', { overrides: { body_size: 'allow' } });
    expect(decide(uninspectable('body_size'), lenient, 'Detect').wouldBlock).toBe(false);
  });

  it('lets a rule weaken the mode of a request, never strengthen it', () => {
    expect(decide(DENY, policy('Block'), 'Detect')).toMatchObject({ action: 'allow', mode: 'Detect' });
    expect(decide(DENY, policy('Block'), 'Off')).toMatchObject({ action: 'allow', mode: 'Off' });
    for (const left of MODES) {
      for (const right of MODES) expect(weakerMode(left, right)).toBe(weakerMode(right, left));
    }
    expect(decide(DENY, policy('Detect'), 'Block').action).toBe('allow');
  });

  it.each([
    ['an unknown verdict', { kind: 'maybe' }, 'Block'],
    ['no verdict kind', {}, 'Block'],
    ['an unknown cause', { kind: 'uninspectable', cause: 'constructor' }, 'Block'],
    ['an unknown mode', DENY, 'Loud'],
    ['a mode that is a property of every object', DENY, 'constructor'],
  ])('refuses %s', (_, verdict, mode) => {
    const call = () => decide(verdict as Verdict, policy('Block'), mode as Mode);
    expect(call).toThrow(expect.objectContaining({ code: 'INSPECTION_INVALID' }));
  });
});
