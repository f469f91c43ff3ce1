/** What tidy.ts holds the tree to, as data. Change a law here, with its reason in the commit. */

/** Lower layers first: a package imports packages of lower layers only, by their names. */
export const PACKAGE_LAYERS: readonly (readonly string[])[] = [
  ['hyperscan-js'],
  ['engine'],
  ['spool', 'envoy-config'],
  ['server', 'shipper'],
  ['hub'],
  ['controller', 'node-agent', 'console'],
  ['cli'],
];

/** Stages of the engine in the order in which data meets them: a stage imports stages above it, and the common ones. */
export const ENGINE_STAGES: readonly string[] = [
  'native',
  'attributes',
  'body',
  'language',
  'patterns',
  'transformations',
  'operators',
  'variables',
  'rule-set',
  'compile',
  'prefilter',
  'link',
  'bundle',
  'compile-child',
  'actions',
  'evaluate',
  'verdict',
  'transaction',
  'event',
  'explain',
];

/** Importable from every stage. All but rule-set, which is a stage too, import only one another. */
export const ENGINE_COMMON: readonly string[] = [
  'limits',
  'errors',
  'assert',
  'bytes',
  'work',
  'coded-error',
  'rule-costs',
  'rule-set',
];

/** What puts the stages together may import all of them; no stage imports it. */
export const ENGINE_ENTRIES: readonly string[] = ['engine', 'index', 'anatomy'];

/** Folders whose files a test reads by the folder's name: what it names so is not dead. */
export const DATA_FOLDER = 'vectors';

export const FUNCTION_LINES_MAX = 70;
export const FILE_LINES_MAX = 800;
export const FILE_LINES_REVIEWED = 400;

/** Folders whose programs speak on a console. */
export const CONSOLE_FOLDERS: readonly string[] = [
  'packages/cli/',
  'bench/',
  'scripts/',
  'packages/hyperscan-js/test/fixtures/',
];

/** Errors without a code: each package has a table of coded ones (`src/errors.ts` or below). */
export const BARE_ERRORS: readonly string[] = [
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'EvalError',
  'URIError',
];

/** Hosts of package registries: which one is used is the machine's affair. Split, so that this file may stand. */
export const FORBIDDEN_WORDS: readonly string[] = [
  ['registry.npm', 'js.org'],
  ['npm', 'js.com'],
  ['py', 'pi.org'],
  ['files.python', 'hosted.org'],
  ['proxy.go', 'lang.org'],
  ['sum.go', 'lang.org'],
  ['deb.deb', 'ian.org'],
  ['crates', '.io'],
  ['repo.maven.ap', 'ache.org'],
  ['repo1.mav', 'en.org'],
].map((parts) => parts.join(''));

/** Words that say that work is left. */
export const UNFINISHED = /\b(?:TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b/;
