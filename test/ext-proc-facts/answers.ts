/** What the tests' ext_proc server does with a call. */
import type { Answer, Answering, Message, ProcessorStream } from './processor.ts';

/** Each message goes on at once. */
export const passAll: Answering = async (stream) => {
  for await (const { kind } of stream) stream.pass(kind);
};

const isRequest = ({ kind }: Message): boolean => kind.startsWith('request');

/** Nothing is answered until the request has ended; `verdict` answers then. What comes of a response goes on. */
export const holdRequest =
  (verdict: (stream: ProcessorStream, held: readonly Message[]) => void): Answering =>
  async (stream) => {
    const held: Message[] = [];
    for await (const message of stream) {
      if (!isRequest(message)) {
        stream.pass(message.kind);
        continue;
      }
      held.push(message);
      if (message.endOfStream || message.kind === 'requestTrailers') verdict(stream, held);
    }
  };

export const release = (stream: ProcessorStream, held: readonly Message[]): void => {
  for (const { kind } of held) stream.pass(kind);
};

/** Answers headers so, and lets all else go on. */
export const answerHeaders =
  (answer: Answer): Answering =>
  async (stream) => {
    for await (const { kind } of stream) {
      if (kind === 'requestHeaders') stream.send(answer);
      else stream.pass(kind);
    }
  };

export const bytesIn = (messages: readonly Message[]): Buffer =>
  Buffer.concat(messages.map(({ body }) => body));
