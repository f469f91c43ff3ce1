/** The parsers of bodies by themselves: node bench/main.ts bodies [--seconds N] [--only NAME] [--json] */
import type { BodyProcessorName, BodySink } from '../../packages/engine/src/body/processor.ts';
import { createBodyProcessor } from '../../packages/engine/src/body/select.ts';
import { DEFAULT_LIMITS } from '../../packages/engine/src/index.ts';
import { casesNamed } from '../engine/cases/index.ts';
import { Corpus, Sent } from '../engine/corpus.ts';
import { BenchError } from '../engine/errors.ts';
import { runSubjects, type Subject, subject, VALUES } from './subjects.ts';

const PARSED: readonly (readonly [name: string, processor: BodyProcessorName])[] = [
  ['form', 'URLENCODED'],
  ['text10k', 'URLENCODED'],
  ['json', 'JSON'],
  ['xml', 'XML'],
  ['multipart', 'MULTIPART'],
];

/** Refuses to time a body that was not read to its end. */
function sinkFor(name: string): BodySink {
  const ignore = (): void => undefined;
  return {
    argument: ignore,
    file: ignore,
    partHeader: ignore,
    xmlText: ignore,
    xmlAttribute: ignore,
    xmlNode: ignore,
    multipartFlag: ignore,
    urlencodedError: ignore,
    error: (_, reason) => {
      throw new BenchError('BENCH_OPTION', { option: name, reason });
    },
  };
}

function subjects(): readonly Subject[] {
  const sent = new Sent();
  return PARSED.map(([name, processor]) => {
    const [benchCase] = casesNamed(name);
    if (benchCase === undefined)
      throw new BenchError('BENCH_OPTION', { option: name, reason: 'no such case' });
    const requests = new Corpus(benchCase, 'bodies', sent).take(VALUES);
    const bodies = requests.map(({ body, headers }) => ({
      body,
      length: body.length,
      contentType: headers.find(([header]) => header === 'Content-Type')?.[1] ?? '',
    }));
    const sink = sinkFor(name);
    return subject(`${processor} (${name})`, bodies, ({ body, contentType }) => {
      const parser = createBodyProcessor(processor, sink, { contentType, limits: DEFAULT_LIMITS });
      parser.push(body);
      parser.end();
      return parser;
    });
  });
}

export const runBodies = (args: readonly string[]): Promise<number> => runSubjects('bodies', subjects, args);
