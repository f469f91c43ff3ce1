/**
 * Writes docs/seclang.md: everything that the language has, and whether it works. Nothing is claimed: each name is compiled
 * in a small rule, and what the engine answers is what the page says.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  IGNORED_ACTIONS,
  IGNORED_CTL,
  IGNORED_OPERATORS,
  IGNORED_SETTINGS,
} from '../packages/engine/src/compile/unsupported.ts';
import { Engine } from '../packages/engine/src/engine.ts';
import { EngineError } from '../packages/engine/src/errors.ts';
import { ACTIONS, REFUSED_ACTION_NAMES } from '../packages/engine/src/language/actions.ts';
import { CTL_OPTIONS, REFUSED_CTL_OPTIONS } from '../packages/engine/src/language/ctl.ts';
import { directiveNames } from '../packages/engine/src/language/directives.ts';
import { OPERATOR_NAMES } from '../packages/engine/src/language/operators.ts';
import { REFUSED_DIRECTIVES, SETTINGS } from '../packages/engine/src/language/settings.ts';
import { TRANSFORMATION_NAMES } from '../packages/engine/src/language/transformations.ts';
import { VARIABLES } from '../packages/engine/src/language/variables.ts';
import { operatorNames, UNSUPPORTED_OPERATORS } from '../packages/engine/src/operators/registry.ts';
import { transformationNames } from '../packages/engine/src/transformations/registry.ts';
import { repositoryRoot } from './tidy.ts';

export const SECLANG_DOCUMENT = 'docs/seclang.md';

type Row = readonly [name: string, status: string, note: string];

/** Data files of any name have one line, schemas take anything; rule files do not include others here. */
const engine = new Engine({
  cacheDirectory: null,
  files: {
    read: (path) => (path.endsWith('.json') ? 'true' : '192.0.2.1\n'),
    list: () => [],
    resolve: (_, path) => path,
  },
});

/** What the engine says of a rule: null where it takes it, else its error. */
function refusalOf(text: string): EngineError | null {
  try {
    engine.compile([{ path: 'page.conf', text }]);
    return null;
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
}

/** The row of a name, by what the engine says of a rule with it. */
function row(name: string, text: string, ignored?: string): Row {
  const refusal = refusalOf(text);
  if (refusal === null) return ignored === undefined ? [name, 'works', ''] : [name, 'ignored', ignored];
  // Any other refusal is a fault of the sample, and would make the page lie.
  if (refusal.code === 'SECLANG_UNSUPPORTED') return [name, 'refused', refusal.remedy];
  throw refusal;
}

const byName = (names: Iterable<string>): readonly string[] =>
  [...new Set(names)].sort((left, right) => (left.toLowerCase() < right.toLowerCase() ? -1 : 1));

const variables = (): readonly Row[] =>
  byName(VARIABLES.keys()).map((name) =>
    row(name, `SecRule ${/XML$/.test(name) ? `${name}:/*` : name} "@streq x" "id:1,phase:2,pass"`),
  );

const DATASET = 'SecDataset list `192.0.2.1`\n';

/** Arguments of operators that do not take any word. */
const OPERATOR_ARGUMENTS: Readonly<Record<string, string>> = {
  detectSQLi: '',
  detectXSS: '',
  ipMatch: '192.0.2.1',
  ipMatchFromDataset: 'list',
  ipMatchFromFile: 'list.txt',
  noMatch: '',
  pmFromDataset: 'list',
  pmFromFile: 'list.txt',
  restpath: '/users/{id}',
  unconditionalMatch: '',
  validateByteRange: '32-126',
  validateNid: 'us [0-9-]+',
  validateSchema: 'schema.json',
  validateUrlEncoding: '',
  validateUtf8Encoding: '',
};

const operators = (): readonly Row[] =>
  byName([...OPERATOR_NAMES, ...operatorNames(), ...Object.keys(UNSUPPORTED_OPERATORS)]).map((name) => {
    const argument = OPERATOR_ARGUMENTS[name.replace(/^(pm|ipMatch)f$/i, '$1FromFile')] ?? '1';
    return row(
      `@${name}`,
      `${DATASET}SecRule ARGS "@${name} ${argument}" "id:1,phase:2,pass"`,
      IGNORED_OPERATORS[name],
    );
  });

const transformations = (): readonly Row[] =>
  byName([...TRANSFORMATION_NAMES, ...transformationNames()]).map((name) =>
    row(`t:${name}`, `SecRule ARGS "@streq x" "id:1,phase:2,pass,t:${name}"`),
  );

/** Arguments of actions that take no number. */
const ACTION_ARGUMENTS: Readonly<Record<string, string>> = {
  allow: 'phase',
  ctl: 'ruleRemoveById=2',
  deprecatevar: 'ip.x=1/60',
  expirevar: 'ip.x=60',
  sanitiseMatchedBytes: '1/4',
  initcol: 'ip=x',
  redirect: '/elsewhere',
  setenv: 'A=1',
  setvar: 'tx.x=1',
  skipAfter: 'END',
  status: '403',
  t: 'lowercase',
  xmlns: 'soap=http://schemas.xmlsoap.org/soap/envelope/',
};

function actionRow(name: string): Row {
  if (name === 'id') return row(name, 'SecAction "id:1,phase:1"');
  if (name === 'phase') return row(name, 'SecAction "id:1,phase:1"');
  if (name === 'chain') return row(name, 'SecAction "id:1,phase:1,chain"\nSecRule ARGS "@streq x"');
  const takesArgument = ACTIONS.get(name)?.argument !== 'none' && ACTIONS.has(name);
  const action = takesArgument ? `${name}:${ACTION_ARGUMENTS[name] ?? '1'}` : name;
  return row(name, `SecAction "id:1,phase:1,${action}"`, IGNORED_ACTIONS[name]);
}

const actions = (): readonly Row[] => byName([...ACTIONS.keys(), ...REFUSED_ACTION_NAMES]).map(actionRow);

/** Values of ctl options that are no switch. */
function ctlValue(option: string): string {
  if (option.startsWith('ruleRemoveTarget')) return '1;ARGS:x';
  if (option.endsWith('BodyProcessor')) return 'JSON';
  if (option === 'auditLogParts') return '+E';
  return /Limit$|Level$|^ruleRemove/.test(option) ? '1' : 'On';
}

const ctl = (): readonly Row[] =>
  byName([...CTL_OPTIONS, ...REFUSED_CTL_OPTIONS]).map((option) =>
    row(`ctl:${option}`, `SecAction "id:1,phase:1,ctl:${option}=${ctlValue(option)}"`, IGNORED_CTL[option]),
  );

/** A setting is accepted in some form by its own definition; which values are refused stands there, too. */
function settingNote(name: string): Row {
  const definition = SETTINGS.get(name.toLowerCase());
  const reason = definition?.ignoredBecause ?? IGNORED_SETTINGS[name];
  if (reason === undefined) return [name, 'works', ''];
  const only = definition?.only;
  if (only === undefined) return [name, 'ignored', reason];
  return [name, `refused, but for ${only.value}`, `${only.alternative} ${only.value}: ${reason}.`];
}

const directives = (): readonly Row[] => {
  const refused = [...REFUSED_DIRECTIVES.values()].map(({ name }) => name);
  return byName([...directiveNames(), ...refused]).map((name) =>
    REFUSED_DIRECTIVES.has(name.toLowerCase()) ? row(name, `${name} x`) : settingNote(name),
  );
};

const table = (title: string, rows: readonly Row[]): string => {
  const works = rows.filter(([, status]) => status === 'works').length;
  const lines = rows.map(
    ([name, status, note]) => `| \`${name}\` | ${status} | ${note.replaceAll('|', '\\|')} |`,
  );
  return `## ${title}\n\n${works} of ${rows.length} work.\n\n| Name | Status | Instead, or why |\n|---|---|---|\n${lines.join('\n')}\n`;
};

/** The whole page. */
export function seclangDocument(): string {
  const parts = [
    table('Directives', directives()),
    table('Variables', variables()),
    table('Operators', operators()),
    table('Transformations', transformations()),
    table('Actions', actions()),
    table('Options of ctl', ctl()),
  ];
  return `# SecLang

What of ModSecurity's rule language works here. *works*: as the reference manual says. *refused*: rules that use it do not
load, with an error that shows the place and the same advice as here. *ignored*: it may stand in a file and changes nothing,
for the reason given; of directives there is a warning.

\`XML:\` takes absolute paths of names, \`*\` and \`//\`, with \`@name\`, \`@*\` or \`text()\` at the end and the predicates \`[3]\`,
\`[@name]\`, \`[@name='value']\`, \`[local-name()='x']\` and \`[name()='x']\`; prefixes come from \`xmlns\` actions. An element is all text in it.
\`@validateSchema\` takes a JSON Schema: drafts 7, 2019-09 and 2020-12 (where the file names none), references within the file,
patterns without look-around. FILES_TMP_CONTENT holds files up to SecRequestBodyLimit.

This page is written by \`node scripts/seclang-doc.ts\`, which compiles a rule with each name.

${parts.join('\n')}`;
}

if (import.meta.main) writeFileSync(join(repositoryRoot, SECLANG_DOCUMENT), seclangDocument());
