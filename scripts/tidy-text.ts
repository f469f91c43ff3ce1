import { FILE_LINES_MAX, FILE_LINES_REVIEWED, FORBIDDEN_WORDS, UNFINISHED } from './tidy-laws.ts';
import type { Tree, Violation } from './tidy-source.ts';

const lineCount = (text: string): number => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);

const isCode = (path: string): boolean => /\.(?:[cm]?tsx?|cc|h|sh|go)$/.test(path) || path === 'sluice';

/** Code in files of a size that one reads in one go. */
export function fileLengths(tree: Tree): readonly Violation[] {
  return [...tree]
    .filter(([path, text]) => isCode(path) && lineCount(text) > FILE_LINES_MAX)
    .map(([path, text]) => ({
      rule: 'file-length',
      path,
      line: 0,
      message: `${lineCount(text)} lines, at most ${FILE_LINES_MAX}`,
    }));
}

/** Files that are due for a look before they grow further: `[path, lines]`, longest first. */
export function longFiles(tree: Tree): readonly (readonly [string, number])[] {
  return [...tree]
    .filter(([path]) => isCode(path))
    .map(([path, text]) => [path, lineCount(text)] as const)
    .filter(([, lines]) => lines > FILE_LINES_REVIEWED)
    .sort((a, b) => b[1] - a[1]);
}

/** Words that stand in no file, and marks of unfinished work in what is not TypeScript (there comments are looked at). */
export function forbiddenText(tree: Tree): readonly Violation[] {
  const found: Violation[] = [];
  for (const [path, text] of tree) {
    const isTypeScript = /\.[cm]?tsx?$/.test(path);
    text.split('\n').forEach((content, index) => {
      const place = { path, line: index + 1 };
      const word = FORBIDDEN_WORDS.find((each) => content.toLowerCase().includes(each));
      if (word !== undefined)
        found.push({ rule: 'forbidden-word', ...place, message: `"${word}" stands here` });
      if (!isTypeScript && isCode(path) && UNFINISHED.test(content)) {
        found.push({ rule: 'unfinished', ...place, message: 'do it, or say what holds today' });
      }
    });
  }
  return found;
}
