import { describe, expect, it } from 'vitest';
import { refused, run } from './support.ts';

const DENY = 'SecRule ARGS:a "@streq evil" "id:10,phase:1,deny,status:406"';
const EVIL = { uri: '/?a=evil' };

describe('disruptive actions', () => {
  it('end the request in Block, with the status of the rule', () => {
    const { verdict, ids } = run(
      `${DENY}\nSecAction "id:11,phase:1,pass"\nSecAction "id:12,phase:2,pass"`,
      EVIL,
    );
    expect(verdict).toEqual({
      kind: 'deny',
      action: 'deny',
      status: 406,
      ruleId: 10,
      phase: 1,
      location: null,
    });
    expect(ids).toEqual([10]);
  });

  it('leave phase 5 to run after an interruption', () => {
    expect(run(`${DENY}\nSecAction "id:50,phase:5,pass"`, EVIL).ids).toEqual([10, 50]);
  });

  it('cannot deny in phase 5', () => {
    const { verdict, ids, result } = run('SecAction "id:50,phase:5,deny"\nSecAction "id:51,phase:5,pass"');
    expect(verdict.kind).toBe('allow');
    expect(ids).toEqual([50, 51]);
    expect(result.state.interruption).toBeNull();
  });

  it('in Detect judge alike, stop nothing and keep the first verdict', () => {
    const { verdict, ids, result } = run(
      `${DENY}\nSecAction "id:11,phase:1,deny"\nSecAction "id:12,phase:2,pass"`,
      EVIL,
      { mode: 'Detect' },
    );
    expect(verdict).toMatchObject({ kind: 'deny', ruleId: 10 });
    expect(result.mode).toBe('Detect');
    expect(ids).toEqual([10, 11, 12]);
  });

  it('say 403 where no status stands, and 302 for a redirect', () => {
    expect(run('SecAction "id:1,phase:1,deny"').verdict).toMatchObject({ status: 403 });
    expect(run('SecAction "id:1,phase:1,drop"').verdict).toMatchObject({ action: 'drop', status: 403 });
    expect(run(`SecAction "id:1,phase:1,redirect:'/no?u=%{REMOTE_ADDR}'"`).verdict).toMatchObject({
      action: 'redirect',
      status: 302,
      location: '/no?u=192.0.2.1',
    });
  });

  it('keep a redirect with its own status', () => {
    expect(run(`SecAction "id:1,phase:1,redirect:/x,status:307"`).verdict).toMatchObject({ status: 307 });
    expect(run(`SecAction "id:1,phase:1,redirect:/x,status:403"`).verdict).toMatchObject({ status: 302 });
  });

  it('take block from the default action of the phase', () => {
    const rules = `SecDefaultAction "phase:1,log,auditlog,deny,status:418"
      SecDefaultAction "phase:2,log,auditlog,pass"`;
    expect(run(`${rules}\nSecAction "id:1,phase:1,block"`).verdict).toMatchObject({
      kind: 'deny',
      status: 418,
    });
    expect(run(`${rules}\nSecAction "id:1,phase:2,block"`).verdict).toEqual({ kind: 'allow' });
    expect(run(`${rules}\nSecRule ARGS "@rx ." "id:1,phase:1"`, EVIL).verdict.kind).toBe('deny');
    expect(run(`${rules}\nSecAction "id:1,phase:1,pass"`).verdict.kind).toBe('allow');
  });

  it('pass by default, as ModSecurity does', () => {
    expect(run('SecAction "id:1,phase:1,block"').verdict.kind).toBe('allow');
    expect(run('SecRule ARGS "@rx ." "id:1,phase:1"', EVIL).verdict.kind).toBe('allow');
  });

  it('of default actions count from where they stand', () => {
    const rules = `SecAction "id:1,phase:1,block"
      SecDefaultAction "phase:1,deny"
      SecAction "id:2,phase:1,block"`;
    expect(run(rules).verdict).toMatchObject({ ruleId: 2 });
  });

  it('of a default action cannot carry what would be lost: a setvar, a ctl', () => {
    const error = refused('SecDefaultAction "phase:1,pass,setvar:tx.a=1"');
    expect(error.code).toBe('SECLANG_UNSUPPORTED');
    expect(error.position?.line).toBe(1);
  });
});

describe('allow', () => {
  const REST = `SecAction "id:11,phase:1,pass"
    SecAction "id:12,phase:2,pass"
    SecAction "id:13,phase:3,pass"
    SecAction "id:14,phase:4,pass"
    SecAction "id:15,phase:5,pass"`;
  const after = (action: string, mode: 'Block' | 'Detect' = 'Block') =>
    run(`SecAction "id:1,phase:1,${action}"\n${REST}`, { response: {} }, { mode }).ids;

  it('ends all phases but the last', () => {
    expect(after('allow')).toEqual([1, 15]);
  });
  it('request ends the phases of the request', () => {
    expect(after('allow:request')).toEqual([1, 13, 14, 15]);
  });
  it('phase ends the phase', () => {
    expect(after('allow:phase')).toEqual([1, 12, 13, 14, 15]);
  });
  it('does nothing in Detect, where no disruptive action runs', () => {
    expect(after('allow', 'Detect')).toEqual([1, 11, 12, 13, 14, 15]);
  });
});

describe('ctl:ruleEngine', () => {
  it('cannot make Detect block', () => {
    const { result, ids } = run(`SecAction "id:1,phase:1,pass,ctl:ruleEngine=On"\n${DENY}`, EVIL, {
      mode: 'Detect',
    });
    expect(result.mode).toBe('Detect');
    expect(ids).toEqual([1, 10]);
  });

  it('DetectionOnly relaxes a policy that blocks, for this request', () => {
    const { result, verdict } = run(
      `SecAction "id:1,phase:1,pass,ctl:ruleEngine=DetectionOnly"\n${DENY}`,
      EVIL,
    );
    expect(result.mode).toBe('Detect');
    expect(verdict).toMatchObject({ kind: 'deny', ruleId: 10 });
  });

  it('Off ends the judging of this request', () => {
    const { verdict, ids } = run(`SecAction "id:1,phase:1,pass,ctl:ruleEngine=Off"\n${DENY}`, EVIL);
    expect(verdict).toEqual({ kind: 'allow' });
    expect(ids).toEqual([1]);
  });

  it('in phase 5 cannot take back what was enforced', () => {
    const { result } = run(`${DENY}\nSecAction "id:50,phase:5,pass,ctl:ruleEngine=DetectionOnly"`, EVIL);
    expect(result.mode).toBe('Block');
    expect(result.verdict.kind).toBe('deny');
  });

  it('On again does not enforce what matched meanwhile', () => {
    const rules = `SecAction "id:1,phase:1,pass,ctl:ruleEngine=DetectionOnly"
      ${DENY}
      SecAction "id:11,phase:1,pass,ctl:ruleEngine=On"`;
    expect(run(rules, EVIL).verdict).toEqual({ kind: 'allow' });
    const later = run(`${rules}\nSecAction "id:12,phase:2,deny,status:409"`, EVIL);
    expect(later.verdict).toMatchObject({ kind: 'deny', ruleId: 12, status: 409 });
  });
});

describe('log flags', () => {
  it.each([
    ['', true, true],
    ['nolog', false, false],
    ['nolog,auditlog', false, true],
    ['noauditlog', true, false],
    ['noauditlog,log', true, true],
    ['log,noauditlog', true, false],
    ['auditlog,nolog', false, false],
  ])('of %j give log %s and auditlog %s', (flags, log, auditLog) => {
    const { result } = run(`SecAction "id:1,phase:1,pass${flags === '' ? '' : `,${flags}`}"`);
    expect(result.matches[0]?.rule.data).toMatchObject({ log, auditLog });
  });

  it('of default actions are those of each rule of the phase, before its own', () => {
    const { result } = run(`SecDefaultAction "phase:1,pass,tag:'Host: %{request_headers.host}'"
      SecAction "id:1,phase:1,tag:own"
      SecAction "id:2,phase:2,tag:own"`);
    expect(result.matches.map(({ rule }) => rule.data.tags)).toEqual([
      ['Host: %{request_headers.host}', 'own'],
      ['own'],
    ]);
  });

  it('begin with those of the default action', () => {
    const { result } = run(`SecDefaultAction "phase:1,pass,nolog"
      SecAction "id:1,phase:1,pass"
      SecAction "id:2,phase:1,pass,log"`);
    expect(result.matches.map(({ rule }) => rule.data.log)).toEqual([false, true]);
  });
});
