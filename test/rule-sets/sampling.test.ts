/** Which part of the requests the CRS judges (tx.sampling_percentage), early blocking, and what is reported. */
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { uncommented } from './commented.ts';
import { COMPILE_MILLIS, crsRuleSet, judge, type Message, setupText, wholeCrs } from './support.ts';

const ATTACK: Message = { uri: '/?q=%3Cscript%3Ealert(1)%3C/script%3E' };

beforeAll(() => void wholeCrs(), COMPILE_MILLIS);

describe('sampling', () => {
  const at = (percentage: number, after = '') =>
    crsRuleSet({ setup: uncommented(setupText, 900400, ['=100', `=${percentage}`]), after });

  it('of 0 % lets each attack pass, and says so in the log', () => {
    const ruleSet = at(0);
    for (let request = 0; request < 50; request++) {
      expect(judge(ruleSet, { ...ATTACK, id: `r-${request}` })).toMatchObject({
        kind: 'allow',
        logged: [901450],
      });
    }
  });

  it('of 100 % judges each request', () => {
    const ruleSet = at(100);
    for (let request = 0; request < 50; request++) {
      expect(judge(ruleSet, { ...ATTACK, id: `r-${request}` }).kind).toBe('deny');
    }
  });

  /** The first two decimal digits of the id's SHA-1, as rule 901410 takes them. */
  const numberOf = (id: string): number => {
    const digits = createHash('sha1').update(id).digest('hex').replaceAll(/[a-f]/g, '');
    return Number(digits.slice(0, 2));
  };

  it.each([10, 50, 90])('of %i % judges that part of the ids, always the same', (percentage) => {
    const ruleSet = at(percentage);
    const ids = Array.from({ length: 400 }, (_, request) => `request-${request}`);
    const judged = ids.filter((id) => judge(ruleSet, { ...ATTACK, id }).kind === 'deny');
    expect(judged).toEqual(ids.filter((id) => numberOf(id) < percentage));
    // Five standard deviations of a binomial.
    const spread = 5 * Math.sqrt(400 * (percentage / 100) * (1 - percentage / 100));
    expect(Math.abs(judged.length - 4 * percentage)).toBeLessThan(spread);
  });

  it('leaves rules that are not of the CRS alone', () => {
    const own = 'SecRule ARGS:q "@contains script" "id:10,phase:2,deny,status:418"';
    expect(judge(at(0, own), ATTACK).verdict).toMatchObject({ kind: 'deny', status: 418, ruleId: 10 });
  });

  it('is silent with the line that the set-up file proposes for it', () => {
    const line = /^#(SecRuleUpdateActionById 901450 .*)$/m.exec(setupText)?.[1] ?? '';
    const { logged, ids } = judge(at(0, line), ATTACK);
    expect(ids).toContain(901450);
    expect(logged).toEqual([]);
  });
});

describe('early blocking', () => {
  const setup = uncommented(setupText, 900120);
  const scanner: Message = { ...ATTACK, headers: [['User-Agent', 'nuclei']] };

  it('denies after the headers what scores there, and phase 2 does not run', () => {
    const { verdict, ids, matches } = judge(crsRuleSet({ setup }), scanner);
    expect(verdict).toMatchObject({ kind: 'deny', status: 403, ruleId: 949111 });
    expect(matches.filter(({ rule }) => rule.data.phase === 2)).toEqual([]);
    expect(ids).not.toContain(941100);
    expect(judge(crsRuleSet(), scanner).ids).toEqual(expect.arrayContaining([913100, 941100, 949110]));
  });

  it('waits for phase 2 where the headers score too little', () => {
    expect(judge(crsRuleSet({ setup }), ATTACK).verdict).toMatchObject({ kind: 'deny', ruleId: 949110 });
  });

  it('denies a response by its head alone', () => {
    const strict = uncommented(setup, 900000, ['level=1', 'level=2']);
    const failing: Message = { response: { status: 500, body: 'x' } };
    const { verdict, matches } = judge(crsRuleSet({ setup: strict }), failing);
    expect(verdict).toMatchObject({ kind: 'deny', ruleId: 959101 });
    expect(matches.filter(({ rule }) => rule.data.phase === 4)).toEqual([]);
  });

  it('only says so in mode Detect, and the other rules run', () => {
    const { ids, kind } = judge(crsRuleSet({ setup }, { mode: 'Detect' }), scanner);
    expect(kind).toBe('deny');
    expect(ids).toEqual(expect.arrayContaining([949111, 941100, 949110]));
  });
});

describe('the reporting level', () => {
  const clean: Message = {};
  const low: Message = { headers: [['Range', 'bytes=1-2,3-4,5-6,7-8,9-10,11-12']] };
  const hidden: Message = { uri: '/?_method=DELETE' };
  const high = ATTACK;

  // By the comment in crs-setup.conf.example. Level 2 is detected, level 1 blocks: `hidden` scores in detection only.
  it.each([
    [0, []],
    [1, ['high']],
    [2, ['hidden', 'high']],
    [3, ['hidden', 'high']],
    [4, ['low', 'hidden', 'high']],
    [5, ['clean', 'low', 'hidden', 'high']],
  ])('%i reports %j', (level, expected) => {
    const detecting = uncommented(setupText, 900001, ['level=1', 'level=2']);
    const ruleSet = crsRuleSet({ setup: uncommented(detecting, 900115, ['=4', `=${level}`]) });
    const messages = { clean, low, hidden, high };
    const reported = Object.entries(messages).filter(([, message]) =>
      judge(ruleSet, message).logged.includes(980170),
    );
    expect(reported.map(([name]) => name)).toEqual(expected);
  });

  it('reports the scores by level', () => {
    const { matches } = judge(crsRuleSet(), ATTACK);
    const report = matches.find(({ rule }) => rule.data.id === 980170)?.message ?? '';
    expect(report).toMatch(/Inbound Scores: blocking=(\d+), detection=\1, per_pl=\1-0-0-0, threshold=5\)/);
  });
});
