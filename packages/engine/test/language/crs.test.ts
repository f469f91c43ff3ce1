/** The OWASP CRS as a whole: what a plain search counts in its files is what the parser finds, and it prints back. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DirectiveNode } from '../../src/language/ast.ts';
import { readDataFile } from '../../src/language/data-file.ts';
import { parseFiles } from '../../src/language/parse.ts';
import { printDirective } from '../../src/language/print.ts';
import { makeRuleFiles } from '../../src/language/rule-files.ts';
import { bare, parse } from './helpers.ts';

const MODULES = process.env.GOMODCACHE ?? join(process.env.GOPATH ?? join(homedir(), 'go'), 'pkg/mod');
const CRS_4 = join(MODULES, 'github.com/corazawaf/coraza-coreruleset/v4@v4.25.0/rules');
const CRS_3 = '/usr/share/modsecurity-crs/rules';

const NODE_OF: Readonly<Record<string, DirectiveNode['kind']>> = {
  SecRule: 'rule',
  SecAction: 'action',
  SecMarker: 'marker',
  SecDefaultAction: 'defaultAction',
  SecRuleUpdateTargetById: 'updateTargets',
};

function tally(names: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries(counts);
}

/** Directives by kind, counted by a search for lines that begin with Sec. */
function countInText(files: readonly string[]): Readonly<Record<string, number>> {
  const text = files.map((file) => readFileSync(file, 'latin1')).join('\n');
  const names = Array.from(text.matchAll(/^[ \t]*(Sec[A-Za-z]+)/gm), (match) => match[1] ?? '');
  return tally(names.map((name) => NODE_OF[name] ?? 'setting'));
}

const actionsOf = (nodes: readonly DirectiveNode[]): readonly string[] =>
  nodes.flatMap((node) => ('actions' in node ? node.actions.map((action) => action.name) : []));

/** How often an action stands in the text, comments left out. */
function countAction(files: readonly string[], name: string): number {
  const text = files.map((file) => readFileSync(file, 'latin1').replace(/^[ \t]*#.*$/gm, '')).join('\n');
  return Array.from(text.matchAll(new RegExp(`(?:^[ \\t]*|["',] *)${name}:`, 'gm'))).length;
}

const expectRoundTrip = (nodes: readonly DirectiveNode[]): void => {
  for (const node of nodes) expect(bare(parse(printDirective(node)))).toEqual([bare(node)]);
};

// Where set-up has not brought the CRS yet, there is nothing to parse.
describe.skipIf(!existsSync(CRS_4))('CRS 4.25 with its set-up example and coraza.conf-recommended', () => {
  const setUp = [join(CRS_4, '@coraza.conf-recommended'), join(CRS_4, '@crs-setup.conf.example')];
  const files = [...setUp, ...globSync(join(CRS_4, '@owasp_crs/*.conf')).sort()];
  const reader = makeRuleFiles();
  const document = parseFiles([...setUp, join(CRS_4, '@owasp_crs/*.conf')], reader);

  it('has the directives that a search of the text finds', () => {
    expect(tally(document.directives.map((node) => node.kind))).toEqual(countInText(files));
    expect(document.sources.map((source) => source.path)).toEqual(files);
    expect(document.directives.length).toBeGreaterThan(800);
  });

  it('has the actions that a search of the text finds', () => {
    const names = actionsOf(document.directives);
    for (const name of ['id', 'msg', 'setvar', 'ctl', 'skipAfter', 't', 'tag', 'logdata', 'severity']) {
      const found = names.filter((candidate) => candidate === name).length;
      expect([name, found]).toEqual([name, countAction(files, name)]);
    }
  });

  it('warns only of what the recommended configuration sets in vain', () =>
    expect(document.warnings.map((warning) => warning.message.replace(/:.*/, ''))).toEqual([
      'SecRequestBodyInMemoryLimit',
      'SecDataDir',
      'SecAuditLogType',
      'SecAuditLogFormat',
    ]));

  it('finds the data file of every operator that reads one', () => {
    const readers = document.directives.filter(
      (node) => node.kind === 'rule' && node.operator.name === 'pmFromFile',
    );
    expect(readers.length).toBeGreaterThan(15);
    for (const node of readers) {
      if (node.kind !== 'rule') continue;
      const lines = readDataFile(reader, node.position.file, node.operator.argument);
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.filter((line) => /^[ \t\r#]|[ \t\r]$/.test(line))).toEqual([]);
    }
  });

  it('prints back to the same tree', () => expectRoundTrip(document.directives));

  it('reads the same with CRLF line ends', () => {
    for (const file of files) {
      const text = readFileSync(file, 'latin1');
      expect(parse(text.replaceAll('\n', '\r\n'))).toEqual(parse(text));
    }
  });

  it('keeps a quote in a message that has its quote escaped', () => {
    const messages = document.directives.flatMap((node) =>
      'actions' in node
        ? node.actions.filter(({ name }) => name === 'msg').map(({ argument }) => argument)
        : [],
    );
    expect(messages).toContain("lama's'hell web shell");
  });
});

// Debian's package is no part of the set-up: this runs where it is installed.
describe.skipIf(!existsSync(CRS_3))('CRS 3.3 as Debian packages it', () => {
  it('has the directives that a search of the text finds, and prints back', () => {
    const files = globSync(join(CRS_3, '*.conf')).sort();
    const { directives } = parseFiles(files, makeRuleFiles());
    expect(tally(directives.map((node) => node.kind))).toEqual(countInText(files));
    expectRoundTrip(directives);
  });
});
