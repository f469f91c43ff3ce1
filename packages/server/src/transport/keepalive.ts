/** Finds out that a peer is dead when nothing else would tell: HTTP/2's PING. A call that lives for hours needs it. */
import type { ServerHttp2Session } from 'node:http2';
import type { ServerLimits } from '../limits.ts';

/** Cuts a session whose peer leaves a PING without an answer. */
export function keepAlive(
  session: ServerHttp2Session,
  limits: Pick<ServerLimits, 'keepaliveMillis' | 'keepaliveAnswerMillisMax'>,
): void {
  let answer: NodeJS.Timeout | undefined;
  // Where this process itself stood still, the answer may be there and not read yet.
  const lookOnceMore = (): void => {
    setImmediate(() => {
      if (answer !== undefined) session.destroy();
    });
  };
  const interval = setInterval(() => {
    // One at a time: the time of the one that is out decides.
    if (answer !== undefined || session.destroyed) return;
    answer = setTimeout(() => lookOnceMore(), limits.keepaliveAnswerMillisMax);
    session.ping((error) => {
      // An error is the session's end.
      if (error !== null) return;
      clearTimeout(answer);
      answer = undefined;
    });
  }, limits.keepaliveMillis);
  session.once('close', () => {
    clearInterval(interval);
    clearTimeout(answer);
  });
}
