/** What is made of a program once, and kept with it: its patterns parsed, and its prefilter. */
import { formsOf, type PatternForms } from '../patterns/forms.ts';
import { compilePrefilter, type PrefilterOptions } from '../prefilter/compile.ts';
import type { PrefilterImage } from '../prefilter/hyperscan.ts';
import type { RuleProgram } from '../rule-set/program.ts';
import { patternTexts } from './pattern-texts.ts';

/** Takes seconds for the whole CRS, nearly all of them for the prefilter. */
export const compileUnit = (
  program: RuleProgram,
  options: PrefilterOptions,
): { readonly patterns: PatternForms; readonly image: PrefilterImage } => ({
  patterns: formsOf(patternTexts(program, options.paranoiaMax)),
  image: compilePrefilter(program, options),
});
