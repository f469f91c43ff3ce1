import { DATA_FOLDER, ENGINE_COMMON, ENGINE_ENTRIES, ENGINE_STAGES, PACKAGE_LAYERS } from './tidy-laws.ts';
import { isTestPath, resolveRelative, type Source, type Tree, type Violation } from './tidy-source.ts';

const ENGINE_SOURCE = 'packages/engine/src/';

/** The package that a path lies in; undefined at the root, in test/, bench/ and scripts/, which may import all. */
function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

const layerOf = (name: string): number => PACKAGE_LAYERS.findIndex((layer) => layer.includes(name));

/** Packages import lower layers only, by name; source never imports tests. */
export function packageLaw(source: Source): readonly Violation[] {
  const own = packageOf(source.path);
  if (own === undefined) return [];
  const found: Violation[] = [];
  const refuse = (line: number, message: string): void => {
    found.push({ rule: 'package-law', path: source.path, line, message });
  };
  if (layerOf(own) === -1) refuse(0, `package ${own} is in no layer of scripts/tidy-laws.ts`);
  for (const { specifier, line } of source.imports()) {
    const named = /^@sluice\/([^/]+)/.exec(specifier)?.[1];
    if (named !== undefined && named !== own && layerOf(named) >= layerOf(own)) {
      refuse(line, `${own} may not import ${named}: only packages below it`);
    }
    if (!specifier.startsWith('.')) continue;
    const target = resolveRelative(source.path, specifier);
    if (packageOf(target) !== own) refuse(line, `${specifier} leaves the package: import others by name`);
    else if (isTestPath(target) && !source.isTest)
      refuse(line, `${specifier} is a test's: source may not import it`);
  }
  return found;
}

const stageOf = (path: string): string =>
  path.slice(ENGINE_SOURCE.length).replace(/\/.*/, '').replace(/\.ts$/, '');

/** Stages of the engine import only stages above them and the common ones. */
export function stageLaw(source: Source): readonly Violation[] {
  if (!source.path.startsWith(ENGINE_SOURCE)) return [];
  const own = stageOf(source.path);
  if (ENGINE_ENTRIES.includes(own)) return [];
  const found: Violation[] = [];
  const refuse = (line: number, message: string): void => {
    found.push({ rule: 'stage-law', path: source.path, line, message });
  };
  const place = ENGINE_STAGES.indexOf(own);
  const isCommon = ENGINE_COMMON.includes(own);
  if (place === -1 && !isCommon) {
    refuse(0, `stage ${own} is not in scripts/tidy-laws.ts`);
    return found;
  }
  for (const { specifier, line } of source.imports()) {
    if (!specifier.startsWith('.')) continue;
    const target = resolveRelative(source.path, specifier);
    if (!target.startsWith(ENGINE_SOURCE)) continue;
    const stage = stageOf(target);
    if (stage === own || ENGINE_COMMON.includes(stage)) continue;
    const above = ENGINE_STAGES.indexOf(stage);
    if (above === -1 || above >= place) refuse(line, `${own} may not import ${stage}: only stages above it`);
  }
  return found;
}

/** Files that others name in strings: workers, child processes, entries of package.json, folders of data. */
function mentions(source: Source, tree: Tree): readonly string[] {
  const strings = source.strings();
  const folder = `${resolveRelative(source.path, `./${DATA_FOLDER}`)}/`;
  const data = strings.includes(DATA_FOLDER)
    ? [...tree.keys()].filter((path) => path.startsWith(folder))
    : [];
  const files = strings
    .filter((text) => /^[\w./-]+\.ts$/.test(text))
    .map((text) => resolveRelative(source.path, text))
    .filter((path) => tree.has(path));
  return [...files, ...data];
}

function manifestEntries(tree: Tree): readonly string[] {
  const entries: string[] = [];
  for (const [path, text] of tree) {
    if (!path.endsWith('package.json')) continue;
    for (const [, file = ''] of text.matchAll(/"(\.\/[^"]+\.ts)"/g))
      entries.push(resolveRelative(path, file));
  }
  return entries;
}

/** Scripts of pages, by the address that they have from the folder of the page. */
function pageEntries(tree: Tree): readonly string[] {
  const entries: string[] = [];
  for (const [path, text] of tree) {
    if (!path.endsWith('.html')) continue;
    for (const [, file = ''] of text.matchAll(/<script [^>]*src="\/([^"]+\.tsx?)"/g))
      entries.push(resolveRelative(path, `./${file}`));
  }
  return entries;
}

/** Source that no entry reaches, and helpers of tests that no test reaches. Tests do not keep source alive. */
export function deadFiles(sources: readonly Source[], tree: Tree): readonly Violation[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const isProgram = (path: string): boolean =>
    (!path.startsWith('packages/') && !isTestPath(path)) || path.endsWith('.config.ts');
  const alive = reach(
    [...manifestEntries(tree), ...pageEntries(tree), ...sources.map(({ path }) => path).filter(isProgram)],
    byPath,
    tree,
  );
  const tested = reach(
    sources.map(({ path }) => path).filter((path) => /\.(?:test|bench)\.ts$/.test(path)),
    byPath,
    tree,
  );
  return (
    sources
      // Declarations of what is global are there without being imported.
      .filter(({ path }) => !path.endsWith('.d.ts') && !(isTestPath(path) ? tested : alive).has(path))
      .map(({ path }) => ({
        rule: 'dead-file',
        path,
        line: 0,
        message: 'nothing that runs imports this file',
      }))
  );
}

function reach(
  entries: readonly string[],
  byPath: ReadonlyMap<string, Source>,
  tree: Tree,
): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const source = byPath.get(path);
    if (source === undefined || reached.has(path)) continue;
    reached.add(path);
    for (const { specifier } of source.imports()) {
      if (specifier.startsWith('.')) waiting.push(resolveRelative(path, specifier));
    }
    waiting.push(...mentions(source, tree));
  }
  return reached;
}
