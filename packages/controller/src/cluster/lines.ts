/** Lines of a stream of bytes: an event of a watch is one. */
import { ControllerError } from '../errors.ts';

const NEWLINE = 10;

/** Without what stands behind the last newline. @throws ControllerError KUBERNETES_ANSWER_INVALID for a line over its bound */
export async function* linesOf(
  stream: AsyncIterable<Buffer>,
  path: string,
  bytesMax: number,
): AsyncGenerator<string> {
  let begun: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      begun.push(chunk.subarray(from, end));
      yield Buffer.concat(begun).toString('utf8');
      begun = [];
      length = 0;
      from = end + 1;
    }
    if (from === chunk.length) continue;
    begun.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > bytesMax) {
      const reason = `an event has more than ${bytesMax} bytes`;
      throw new ControllerError('KUBERNETES_ANSWER_INVALID', { path, reason });
    }
  }
}
