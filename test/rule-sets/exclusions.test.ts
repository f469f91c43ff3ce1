/** The exclusion files before and after the CRS, with each of their examples uncommented, around CRS 4.25 and CRS 3.3.4. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromBytes, overlayFor, type RuleSource, type RuleUnit } from '../../packages/engine/src/index.ts';
import { switchesOf, uncommented, withLines } from './commented.ts';
import { debianPackage } from './debian-package.ts';
import { FORMS, type Form } from './exclusion-forms.ts';
import { arrange, COMPILE_MILLIS, crsSources, engine, judge, policyOf, unitOf, wholeCrs } from './support.ts';

const ETC = 'etc/modsecurity/crs';
const BEFORE = `${ETC}/REQUEST-900-EXCLUSION-RULES-BEFORE-CRS.conf`;
const AFTER = `${ETC}/RESPONSE-999-EXCLUSION-RULES-AFTER-CRS.conf`;
const RULES = 'usr/share/modsecurity-crs/rules';
const { root, missing } = debianPackage('modsecurity-crs', 'crs-3.3.4', /_3\.3\.4-.*\.deb$/, [
  RULES,
  BEFORE,
  AFTER,
]);
const read = (path: string): string => (missing === null ? fromBytes(readFileSync(join(root, path))) : '');
const beforeText = read(BEFORE);
const afterText = read(AFTER);

/** Both files, one of them with an example uncommented, or with a text of one's own behind it. */
function filesOf({ example, text = '', place }: Form): { before: string; after: string } {
  const file = place === 'before' ? beforeText : afterText;
  const changed =
    example === undefined
      ? `${file}\n${text}\n`
      : typeof example === 'number'
        ? uncommented(file, example)
        : withLines(file, example);
  return { before: beforeText, after: afterText, [place]: changed };
}

/** CRS 3.3.4 between both files, as the package's own owasp-crs.load includes it. */
function oldCrs(before: string, after: string): readonly RuleSource[] {
  const files = readdirSync(join(root, RULES))
    .filter((name) => name.endsWith('.conf'))
    .sort();
  const file = (path: string, text: string): RuleSource => ({ path: join(root, path), text });
  return [
    ...crsSources.slice(0, 2),
    file(`${ETC}/crs-setup.conf`, read(`${ETC}/crs-setup.conf`)),
    file(BEFORE, before),
    ...files.map((name) => file(join(RULES, name), read(join(RULES, name)))),
    file(AFTER, after),
  ];
}

// The files are Debian's and not in this repository: a machine without apt or network cannot have them.
describe.skipIf(missing !== null)(`exclusion files${missing === null ? '' : `: ${missing}`}`, () => {
  let old: RuleUnit;

  beforeAll(() => {
    wholeCrs();
    old = engine.loadRules(oldCrs(beforeText, afterText), { paranoiaMax: 1 });
  }, COMPILE_MILLIS);

  it('have no example that is not tested here', () => {
    const examples = FORMS.map(({ example }) => example);
    expect(examples.filter((one) => typeof one === 'number')).toEqual(switchesOf(beforeText));
    const lines = afterText.split('\n').filter((line) => /^# Sec/.test(line));
    const patterns = examples.filter((one) => one instanceof RegExp);
    expect(lines.filter((line) => !patterns.some((pattern) => pattern.test(line)))).toEqual([]);
  });

  describe.each(['4.25', '3.3.4'])('around CRS %s', (version) => {
    it.each(FORMS)('$name', (form) => {
      const { before, after } = filesOf(form);
      const unit =
        version === '4.25' ? unitOf(arrange({ before, after })) : unitOf(oldCrs(before, after), old);
      const ruleSet = engine.ruleSet(unit, overlayFor(policyOf()));
      for (const [message, { kind, matched = [], unmatched = [], verdict }] of form.cases) {
        const outcome = judge(ruleSet, message);
        const told = JSON.stringify(message);
        expect(outcome.failures).toEqual([]);
        expect(outcome.ids, told).toEqual(expect.arrayContaining([...matched]));
        expect(
          outcome.ids.filter((id) => unmatched.includes(id)),
          told,
        ).toEqual([]);
        if (kind !== undefined) expect([told, outcome.kind]).toEqual([told, kind]);
        if (verdict !== undefined) expect(outcome.verdict).toMatchObject(verdict);
      }
    });
  });
});
