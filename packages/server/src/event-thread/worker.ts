/** The thread that makes events: drafts in, masked documents as JSON out. It keeps nothing. */
import { constants } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { eventOfDraft, native, withOutcome } from '@sluice/engine/events';
import { giveWay } from '../give-way.ts';
import { type DraftBatch, type DraftedEvent, READY, type ThreadAnswer } from './messages.ts';

/** Null where it cannot be made: whoever wrote the draft finds out why. */
function written({ draft, outcome }: DraftedEvent): string | null {
  try {
    return JSON.stringify(withOutcome(eventOfDraft(draft), outcome));
  } catch {
    // Told by the thread that has the draft, which tries the same.
    return null;
  }
}

function writtenBatch({ number, drafts }: DraftBatch): ThreadAnswer {
  const texts = drafts.map(written);
  const lengths = texts.map((text) => (text === null ? -1 : Buffer.byteLength(text)));
  const total = lengths.reduce((sum, length) => sum + Math.max(0, length), 0);
  const bytes = Buffer.from(new ArrayBuffer(total));
  let end = 0;
  for (const text of texts) if (text !== null) end += bytes.write(text, end);
  return { number, bytes: new Uint8Array(bytes.buffer), lengths };
}

// Of this thread alone, as Linux has it: where cores are few, requests go first.
if (!native.runWhenIdle()) giveWay(constants.priority.PRIORITY_BELOW_NORMAL);
parentPort?.on('message', (batch: DraftBatch) => {
  const answer = writtenBatch(batch);
  parentPort?.postMessage(answer, answer === READY ? [] : [answer.bytes.buffer]);
});
parentPort?.postMessage(READY satisfies ThreadAnswer);
