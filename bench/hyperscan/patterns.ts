/** Expressions that Hyperscan, RE2, PCRE2 and V8 take alike: bytes, dot matches newlines, ASCII case does not matter. */

/** What attacks on SQL, scripts, shells and paths look like, in the manner of rule sets. */
export const RULES: readonly string[] = [
  'union[\\s/*]{1,20}(?:all[\\s/*]{1,20})?select',
  'select[^;]{1,200}from[\\s(`]',
  'insert\\s+into\\s+[\\w.`]+\\s*\\(',
  'drop\\s+(?:table|database|view|index)\\b',
  '(?:or|and)\\s+[\'"]?\\d+[\'"]?\\s*=\\s*[\'"]?\\d+',
  'sleep\\s*\\(\\s*\\d+\\s*\\)',
  'benchmark\\s*\\([^)]{1,60},',
  '(?:load_file|into\\s+(?:out|dump)file)\\b',
  'information_schema\\.',
  'waitfor\\s+delay\\s+[\'"]',
  '<script[^>]{0,200}>',
  'javascript\\s*:',
  'on(?:error|load|click|focus|mouseover)\\s*=',
  '<(?:iframe|object|embed|svg|math)\\b',
  'document\\.(?:cookie|location|write)',
  'eval\\s*\\(|fromcharcode',
  '(?:\\.\\./|\\.\\.\\\\){2,10}',
  '/etc/(?:passwd|shadow|hosts|group)\\b',
  '(?:c:\\\\windows|boot\\.ini|win\\.ini)',
  '[;|&`]\\s{0,9}(?:cat|ls|id|wget|curl|nc|bash|sh|python)\\b',
  '\\$\\{(?:jndi|env|sys|lower|upper):',
  '\\$\\([^)]{1,80}\\)',
  '(?:php|data|expect|phar|zip)://',
  '<\\?(?:php|=)',
  '(?:system|exec|passthru|shell_exec|popen)\\s*\\(',
  '__(?:proto|class|globals|import)__',
  '(?:cmd|powershell)(?:\\.exe)?\\s+[-/]',
  '%0[ad](?:set-cookie|location|content-type)\\s*:',
  '(?:169\\.254\\.169\\.254|metadata\\.google)',
  '\\(\\s*\\)\\s*\\{[^}]{0,40}\\}\\s*;',
];

const STEMS = [
  'admin',
  'backup',
  'config',
  'passwd',
  'shell',
  'upload',
  'install',
  'debug',
  'secret',
  'token',
];
const ENDINGS = [
  '.php',
  '.bak',
  '.sql',
  '.old',
  '.env',
  '.git',
  '.asp',
  '.jsp',
  '.cgi',
  '.zip',
  '.tar',
  '.log',
];

/** 120 plain words, as lists of file names have them. */
export const WORDS: readonly string[] = STEMS.flatMap((stem) =>
  ENDINGS.map((ending) => `${stem}${ending.replace('.', '\\.')}`),
);
