/** The switches that a rule file carries as comments, told by the ids of their rules, and the file with them on. */

/** Lines of one directive, commented out: the first names it, each but the last ends in a backslash. */
const FIRST = /^# ?Sec(?:Action|Rule)\b/;
const ID = /\bid:(\d+)/;

interface Block {
  readonly id: number;
  readonly from: number;
  /** The line behind the last. */
  readonly to: number;
}

function blocksOf(lines: readonly string[]): readonly Block[] {
  const blocks: Block[] = [];
  for (let from = 0; from < lines.length; from++) {
    if (!FIRST.test(lines[from] ?? '')) continue;
    let to = from;
    // A chain goes on with the next directive.
    while (/\\$|\bchain"$/.test(lines[to] ?? '') && /^#/.test(lines[to + 1] ?? '')) to++;
    const id = ID.exec(lines.slice(from, to + 1).join('\n'))?.[1];
    if (id !== undefined) blocks.push({ id: Number(id), from, to: to + 1 });
    from = to;
  }
  return blocks;
}

/** Ids of the rules that are commented out, in their order. */
export const switchesOf = (text: string): readonly number[] => blocksOf(text.split('\n')).map(({ id }) => id);

export type Change = readonly [from: string, to: string];

/**
 * The file with one rule uncommented.
 *
 * @param changes words of the rule and what stands in their place
 * @throws TypeError where the file has no such rule, or the rule no such words
 */
export function uncommented(text: string, id: number, ...changes: readonly Change[]): string {
  const lines = text.split('\n');
  const block = blocksOf(lines).find((one) => one.id === id);
  if (block === undefined) throw new TypeError(`no rule ${id} is commented out`);
  let own = lines.slice(block.from, block.to).map((line) => line.replace(/^# ?/, ''));
  for (const [from, to] of changes) {
    if (!own.some((line) => line.includes(from))) throw new TypeError(`rule ${id} holds no ${from}`);
    own = own.map((line) => line.replace(from, () => to));
  }
  return [...lines.slice(0, block.from), ...own, ...lines.slice(block.to)].join('\n');
}

/** The file with single directives uncommented: those lines that a pattern finds. */
export const withLines = (text: string, pattern: RegExp): string => {
  const lines = text.split('\n');
  if (!lines.some((line) => pattern.test(line))) throw new TypeError(`no line matches ${pattern}`);
  return lines.map((line) => (pattern.test(line) ? line.replace(/^# ?/, '') : line)).join('\n');
};
