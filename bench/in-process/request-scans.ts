/** The scans of whole requests by themselves: the native calls that their inspection makes, made again. */
import { rememberScans } from '../../packages/engine/src/index.ts';
import { loadNative } from '../../packages/engine/src/native/binding.ts';
import type { NativeEngine } from '../../packages/engine/src/native/contract.ts';
import { casesNamed } from '../engine/cases/index.ts';
import { Corpus, Sent } from '../engine/corpus.ts';
import type { BenchRequest } from '../engine/request.ts';
import { attributesOf, openSluice, type SluiceInspector } from '../engine/sluice.ts';
import { type Subject, subject } from './subjects.ts';

const CASES = 'get,form,json,sqli';
const REQUESTS = 400;
const HIT_WORDS_MAX = 30_000;

type Call = Parameters<NativeEngine['scanValues']>;

interface Scans {
  readonly calls: readonly Call[];
  /** Bytes of all values. */
  readonly length: number;
}

let remembers: boolean | null = null;

/** Of requests that are all different, each case with what is remembered of other requests and without. */
export function requestScans(): readonly Subject[] {
  const inspector = openSluice({ crs: true, paranoia: 1, files: [] });
  return casesNamed(CASES).flatMap((each) => {
    const scans = new Corpus(each, '1', new Sent())
      .take(REQUESTS)
      .map((request) => scansOf(inspector, request));
    return [false, true].map((isRemembering) => {
      const name = `PL 1, all values of ${each.name}${isRemembering ? ', names known' : ''}`;
      return subject(name, scans, ({ calls }) => {
        // Subjects may take turns.
        if (remembers !== isRemembering) rememberScans(isRemembering);
        remembers = isRemembering;
        return scanAgain(calls);
      });
    });
  });
}

function scansOf(inspector: SluiceInspector, request: BenchRequest): Scans {
  const native = loadNative();
  const { scanValues } = native;
  const calls: Call[] = [];
  native.scanValues = (plan, text, values, count, out) => {
    calls.push([plan, text, values.slice(0, 2 * count), count, out]);
    return scanValues(plan, text, values, count, out);
  };
  try {
    inspector.inspect(attributesOf(request), request.body);
  } finally {
    native.scanValues = scanValues;
  }
  return { calls, length: calls.reduce((bytes, [, text]) => bytes + text.length, 0) };
}

const hits = new Uint32Array(HIT_WORDS_MAX);

function scanAgain(calls: readonly Call[]): number {
  const native = loadNative();
  let found = 0;
  for (const [plan, text, values, count] of calls)
    found += native.scanValues(plan, text, values, count, hits);
  return found;
}
