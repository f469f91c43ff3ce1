/**
 * A program as a bundle holds it. Places name their file by its number, and an operator's argument that is its text stands
 * there once: a quarter of the bytes that every start would parse, and of the memory that they take.
 */
import type { SourcePosition } from '../errors.ts';
import type { Macro } from '../language/ast.ts';
import type { CompiledMarker, CompiledRule, RuleProgram } from '../rule-set/program.ts';

type PackedPosition = readonly [file: number, line: number, column: number];

export interface PackedProgram extends Omit<RuleProgram, 'items'> {
  readonly items: readonly unknown[];
  /** By their number in packed positions. */
  readonly files: readonly string[];
}

/** What differs between a rule and its packed form: it is changed where it stands. */
interface Unpacked {
  readonly kind: 'rule';
  position: unknown;
  readonly links: readonly {
    position: unknown;
    readonly operator: { argument: unknown; readonly text: string } | null;
  }[];
}

export function packProgram({ items, ...rest }: RuleProgram): PackedProgram {
  const files = new Map<string, number>();
  const packPosition = ({ file, line, column }: SourcePosition): PackedPosition => {
    const number = files.get(file) ?? files.size;
    files.set(file, number);
    return [number, line, column];
  };
  const packed = items.map((item) => packItem(item, packPosition));
  return { ...rest, items: packed, files: [...files.keys()] };
}

function packItem(
  item: CompiledRule | CompiledMarker,
  packPosition: (position: SourcePosition) => PackedPosition,
): unknown {
  if (item.kind === 'marker') return item;
  const links = item.links.map((link) => {
    const { operator } = link;
    const argument =
      operator !== null && isText(operator.argument, operator.text) ? null : operator?.argument;
    return {
      ...link,
      operator: operator === null ? null : { ...operator, argument },
      position: packPosition(link.position),
    };
  });
  return { ...item, links, position: packPosition(item.position) };
}

const isText = (argument: Macro, text: string): boolean => argument.length === 1 && argument[0] === text;

/** The program of a packed one, which it is made of: that must not be used any more. */
export function unpackProgram({ items, files, ...rest }: PackedProgram): RuleProgram {
  const unpackPosition = (packed: unknown): SourcePosition => {
    const [file, line, column] = packed as PackedPosition;
    return { file: files[file] ?? '', line, column };
  };
  for (const item of items as readonly (Unpacked | CompiledMarker)[]) {
    if (item.kind === 'marker') continue;
    item.position = unpackPosition(item.position);
    for (const link of item.links) {
      link.position = unpackPosition(link.position);
      if (link.operator !== null) link.operator.argument ??= [link.operator.text];
    }
  }
  return { ...rest, items: items as RuleProgram['items'] };
}
