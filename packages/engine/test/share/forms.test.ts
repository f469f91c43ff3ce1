/** What a bundle holds of patterns is all that linking and judging ask for: none is parsed when requests come. */
import { describe, expect, it } from 'vitest';
import { patternTexts } from '../../src/bundle/pattern-texts.ts';
import { fold } from '../../src/evaluate/fold.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { createEnvironment, type SharedEnvironment } from '../../src/link/environment.ts';
import { Linker } from '../../src/link/linker.ts';
import { overlayFor } from '../../src/link/overlay.ts';
import { formsOf } from '../../src/patterns/forms.ts';
import { compilePattern } from '../../src/patterns/regex.ts';
import { noPrefilter } from '../../src/prefilter/prefilter.ts';
import { engine, judge } from '../core/support.ts';

const RULES = `SecRule ARGS:/^x/|!ARGS:/y$/|REQUEST_HEADERS "@rx (?i)ev[il]{2}" "id:1,phase:1,deny,tag:'paranoia-level/1'"
SecRule ARGS "@rxGlobal (a*)+b" "id:2,phase:2,pass,tag:'paranoia-level/2',chain"
SecRule ARGS "!@rx ^(?!a)" "t:none"
SecRule ARGS "@rx \\bz" "id:3,phase:1,pass,ctl:ruleRemoveTargetByTag=paranoia.*;ARGS:/^w/,ctl:ruleRemoveByMsg=^no$"
SecRule ARGS:/^v/ "@contains z" "id:4,phase:1,pass,ctl:ruleRemoveTargetById=1;ARGS:/^u/"`;

/** Patterns for which linking and judging bring no form. */
function unknownPatterns(paranoiaMax: number): readonly string[] {
  const program = engine.compile([{ path: 'test.conf', text: RULES }]);
  const real = createEnvironment(DEFAULT_LIMITS);
  const unknown: string[] = [];
  const watching: SharedEnvironment = {
    ...real,
    compileRegex(pattern, forms) {
      if (forms !== undefined && !forms.has(pattern)) unknown.push(pattern);
      return real.compileRegex(pattern, forms);
    },
  };
  const prefilter = noPrefilter();
  const patterns = formsOf(patternTexts(program, paranoiaMax));
  const ruleSet = fold(
    new Linker(watching).link({ program, prefilter, patterns }, overlayFor({ name: 'x', mode: 'Block' })),
  );
  for (const uri of ['/?a=evil', '/?x=z&b=aab', '/?v=z']) judge(ruleSet, { uri });
  return unknown;
}

describe('the forms of patterns', () => {
  it('are those of every operator, selector and ctl action', () => {
    expect(unknownPatterns(4)).toEqual([]);
  });

  it('leave out operators of rules above the level, which are parsed when they are asked', () => {
    expect(new Set(unknownPatterns(1))).toEqual(new Set(['(a*)+b', '^(?!a)']));
  });

  it('compile to what the pattern compiles to', () => {
    const samples = ['', 'evil', 'aab', 'aaaa', 'x\xe9y'];
    for (const text of ['(?i)ev[il]{2}', '(a*)+b', '^(?!a)(.)', '(.)\\1', '\\xe9']) {
      const form = formsOf([text]).get(text);
      const [known, parsed] = [
        compilePattern(text, DEFAULT_LIMITS, undefined, form),
        compilePattern(text, DEFAULT_LIMITS),
      ];
      for (const sample of samples) expect(known.exec(sample)).toEqual(parsed.exec(sample));
    }
  });
});
