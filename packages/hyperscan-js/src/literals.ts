import { native } from './binding.ts';
import { databaseOf } from './compile.ts';
import { type Database, LITERAL_WAYS, type LiteralWay, libraryVersion } from './database.ts';
import { Flags } from './flags.ts';
import {
  badArgument,
  type CompileOptions,
  checkKeys,
  checkLatin1,
  checkUint32,
  packOptions,
  packPatterns,
} from './options.ts';

/** Bytes to be found as they are. */
export interface Literal {
  /** Latin1: one byte a character, at least one. NUL is a byte like others. */
  readonly literal: string;
  /** What a scan reports, 0 to 2^32-1. Several literals may have the same one. */
  readonly id: number;
  /** Of `Flags.CASELESS`, `SINGLEMATCH` and `SOM_LEFTMOST`. */
  readonly flags: number;
}

const FLAGS = Flags.CASELESS | Flags.SINGLEMATCH | Flags.SOM_LEFTMOST;
const NUMBERS_PER_LITERAL = 3;

/**
 * Makes one database of literals. Hyperscan 5.4.0's interface for them answers some scans with an internal error (mended
 * in 5.4.1), so there they are compiled as expressions; `info().literals` says which way was taken. Matches are the same.
 * @throws HyperscanError as `compile`
 */
export function compileLiterals(literals: readonly Literal[], options: CompileOptions = {}): Database {
  return compileLiteralsBy(soundWay(libraryVersion()), literals, options);
}

/** The literal interface where it is sound: from 5.4.1 on. */
export function soundWay(version: string): LiteralWay {
  const [major = 0, minor = 0, patch = 0] = version.split(/[. ]/).map(Number);
  return major * 1_000_000 + minor * 1_000 + patch >= 5_004_001 ? 'literal-api' : 'expressions';
}

/** As `compileLiterals`, the way being chosen. */
export function compileLiteralsBy(
  way: LiteralWay,
  literals: readonly Literal[],
  options: CompileOptions,
): Database {
  checkLiterals(literals);
  const settings = packOptions(options, LITERAL_WAYS.indexOf(way));
  if (way === 'expressions') {
    const { expressions, numbers } = packPatterns(literals.map(asPattern));
    return databaseOf(native().compile(expressions, numbers, settings), literals);
  }
  const numbers = new Float64Array(NUMBERS_PER_LITERAL * literals.length);
  for (const [index, { literal, id, flags }] of literals.entries()) {
    numbers.set([id, flags, literal.length], NUMBERS_PER_LITERAL * index);
  }
  const texts = literals.map(({ literal }) => literal).join('');
  return databaseOf(native().compileLiterals(texts, numbers, settings), literals);
}

function checkLiterals(literals: readonly Literal[]): void {
  if (!Array.isArray(literals) || literals.length === 0) {
    throw badArgument('literals', 'an array of at least one literal', literals);
  }
  for (const [index, entry] of literals.entries()) {
    const what = `literals[${index}]`;
    checkKeys(entry, ['literal', 'id', 'flags'], what);
    checkLatin1(entry.literal, `${what}.literal`);
    if (entry.literal === '') throw badArgument(`${what}.literal`, 'at least one byte', '');
    checkUint32(entry.id, `${what}.id`);
    checkUint32(entry.flags, `${what}.flags`);
    if ((entry.flags & ~FLAGS) !== 0) {
      throw badArgument(`${what}.flags`, 'only CASELESS, SINGLEMATCH and SOM_LEFTMOST', entry.flags);
    }
  }
}

const asPattern = ({ literal, id, flags }: Literal) => ({ expression: escaped(literal), id, flags });

/** An expression that matches these bytes only. */
const escaped = (literal: string): string =>
  literal.replace(/[^A-Za-z0-9]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
