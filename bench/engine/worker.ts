/** Sluice's engine as a process that `protocol.ts` describes: node worker.ts '{"crs":true,"paranoia":1,"files":[]}' */
import { createInterface } from 'node:readline';
import { countBatch } from './counts.ts';
import { BenchError } from './errors.ts';
import { sluiceVersion } from './in-process-contender.ts';
import { type AnswerLine, fromWire, type Question, type ReadyLine, type WireRequest } from './protocol.ts';
import type { RuleChoice } from './rules.ts';
import { openSluice, type SluiceInspector } from './sluice.ts';

const say = (line: unknown): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

function timed(inspector: SluiceInspector, { lead, requests }: Question): AnswerLine {
  const { verdicts, wallMicros, cpuMicros } = inspector.time(requests.map(fromWire), lead.map(fromWire));
  return { denied: verdicts.map((verdict) => verdict === 'deny'), wallMicros, cpuMicros };
}

/** `{count: batch}` asks for the work of a batch instead of its time. */
interface CountQuestion {
  readonly count: readonly WireRequest[];
}

const choice: RuleChoice = JSON.parse(process.argv[2] ?? '');
const started = performance.now();
const inspector = openSluice(choice);
const ready: ReadyLine = { ready: true, version: sluiceVersion(), loadMillis: performance.now() - started };
say(ready);
for await (const line of createInterface({ input: process.stdin })) {
  const question: Question | CountQuestion = JSON.parse(line);
  try {
    say(
      'count' in question
        ? await countBatch(inspector, question.count.map(fromWire))
        : timed(inspector, question),
    );
  } catch (error) {
    // Told to who asked, with the rule that failed.
    if (!(error instanceof BenchError)) throw error;
    say({ error: error.message });
  }
}
