/**
 * The program of the judging process. It does one thing after the other and writes synchronously: native code that does not
 * come back leaves no time for anything else, and its parent ends it.
 */
import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { RuleUnit } from '@sluice/engine';
import { giveWay, unitKeys } from '@sluice/server';
import { reasonOf } from '../../errors.ts';
import { openBase } from './base.ts';
import { type JudgeBegin, type JudgeMessage, type JudgeQuestion, MESSAGES } from './messages.ts';
import { PlaceJudge } from './place-judge.ts';

/** A pipe takes no more than it has room for at once. */
function say(message: JudgeMessage): void {
  let rest = Buffer.from(`${JSON.stringify(message)}\n`);
  while (rest.length > 0) rest = rest.subarray(writeSync(MESSAGES, rest));
}

/** The same for the same rules, data files included. */
const nameOf = (base: RuleUnit): string => unitKeys({ units: [base], policies: new Map() }).join();

giveWay(constants.priority.PRIORITY_BELOW_NORMAL);
let judge: PlaceJudge | null = null;
try {
  for await (const line of createInterface({ input: process.stdin })) {
    if (judge === null) {
      const { engine, base } = openBase(JSON.parse(line) as JudgeBegin);
      judge = new PlaceJudge(engine, base, (ruleId) => say({ kind: 'rule', ruleId }));
      say({ kind: 'ready', base: nameOf(base) });
    } else {
      const { place } = JSON.parse(line) as JudgeQuestion;
      say({ kind: 'judged', verdicts: [...judge.judge(place)] });
    }
  }
} catch (error) {
  say({ kind: 'failed', reason: reasonOf(error) });
  process.exitCode = 1;
}
