/** Requests by the size of their bodies: what a sizing table asks for. */
import type { BenchCase } from '../engine/cases/case.ts';
import { browserHeaders, post } from '../engine/cases/headers.ts';
import { casesNamed } from '../engine/cases/index.ts';
import { textCase } from '../engine/cases/ordinary.ts';
import { ENGLISH, prose } from '../engine/cases/words.ts';
import { BenchError } from '../engine/errors.ts';

/** With its fields and headers it stays below the MiB that Envoy lets through unless it is told otherwise. */
const UPLOAD_BYTES = 1_000_000;

export const UPLOAD: BenchCase = {
  name: 'upload1m',
  about: 'multipart upload of 1 MB, two fields',
  verdict: 'allow',
  make: (random) => {
    const boundary = `----form${random.letters(16)}`;
    const part = (more: string): string => `--${boundary}\r\nContent-Disposition: form-data; ${more}`;
    const name = `photo${random.between(1, 9_999)}.jpg`;
    const body = Buffer.concat([
      Buffer.from(`${part('name="title"')}\r\n\r\n${prose(random, ENGLISH, 40)}\r\n`),
      Buffer.from(`${part('name="token"')}\r\n\r\n${random.hex(32)}\r\n`),
      Buffer.from(`${part(`name="picture"; filename="${name}"`)}\r\nContent-Type: image/jpeg\r\n\r\n`),
      random.bytes(UPLOAD_BYTES),
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    return post('/photos', browserHeaders(random), `multipart/form-data; boundary=${boundary}`, body);
  },
};

/** The same amount in one field of a form, of which all is kept until it is judged. */
export const FORM_MEGABYTE: BenchCase = textCase('text1m', UPLOAD_BYTES, 'form field of 1 MB');

export const SIZING_CASES: readonly BenchCase[] = [
  ...casesNamed('get,text1k'),
  textCase('text16k', 16_000, 'form field of 16 KB'),
  ...casesNamed('text100k'),
  UPLOAD,
];

/** @throws BenchError BENCH_OPTION */
export function sizingCasesNamed(names: string): readonly BenchCase[] {
  if (names === 'all') return SIZING_CASES;
  return names.split(',').map((name) => {
    const found = SIZING_CASES.find((each) => each.name === name.trim());
    if (found !== undefined) return found;
    const reason = `there is no ${name}; there are ${SIZING_CASES.map((each) => each.name).join(', ')}`;
    throw new BenchError('BENCH_OPTION', { option: '--cases', reason });
  });
}
