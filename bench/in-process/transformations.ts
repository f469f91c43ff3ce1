/** Each transformation by itself: node bench/main.ts transformations [--seconds N] [--only NAME] [--json] */
import { findTransformation } from '../../packages/engine/src/transformations/registry.ts';
import { BenchError } from '../engine/errors.ts';
import { runSubjects, type Subject, subject } from './subjects.ts';
import { textValues } from './values.ts';

const SIZES = [40, 4_000];

/** Those that the CRS uses. */
const NAMES = [
  'base64Decode',
  'cmdLine',
  'compressWhitespace',
  'cssDecode',
  'escapeSeqDecode',
  'hexDecode',
  'htmlEntityDecode',
  'jsDecode',
  'length',
  'lowercase',
  'normalizePath',
  'normalizePathWin',
  'removeComments',
  'removeNulls',
  'removeWhitespace',
  'replaceComments',
  'sha1',
  'urlDecode',
  'urlDecodeUni',
  'utf8toUnicode',
];

function subjects(): readonly Subject[] {
  return NAMES.flatMap((name) => {
    const transformation = findTransformation(name);
    if (transformation === undefined)
      throw new BenchError('BENCH_OPTION', { option: name, reason: 'no such transformation' });
    return SIZES.map((bytes) =>
      subject(`${name}, ${bytes} bytes`, textValues(bytes), (value) => transformation.apply(value)),
    );
  });
}

export const runTransformations = (args: readonly string[]): Promise<number> =>
  runSubjects('transformations', subjects, args);
