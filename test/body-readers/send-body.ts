/** Sends a body through an engine, in chunks as they are given; each is overwritten when it was taken. */
import type { Engine, HeaderList, RuleSet, TransactionResult } from '../../packages/engine/src/index.ts';

/** An engine that kept a chunk would inspect these instead. */
const OVERWRITTEN = 0xaa;

export interface SentBody {
  readonly contentType: string;
  /** Content-Encoding; absent where there is none. */
  readonly coding?: string;
  readonly chunks: readonly Uint8Array[];
}

export function sendBody(
  engine: Engine,
  ruleSet: RuleSet,
  { contentType, coding, chunks }: SentBody,
): TransactionResult {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const headers: HeaderList = [
    ['Host', 'shop.example'],
    ['User-Agent', 'curl/8.14.1'],
    ['Accept', '*/*'],
    ['Content-Type', contentType],
    ['Content-Length', String(length)],
    ...(coding === undefined ? [] : ([['Content-Encoding', coding]] as const)),
  ];
  const transaction = engine.transaction(ruleSet, {
    id: 'body',
    method: 'POST',
    uri: '/',
    protocol: 'HTTP/1.1',
    headers,
    client: { address: '192.0.2.1', port: 40_000 },
    server: { address: '192.0.2.2', port: 443 },
  });
  if (transaction.requestHeaders().kind === 'allow') {
    for (const chunk of chunks) {
      transaction.requestBody(chunk);
      chunk.fill(OVERWRITTEN);
    }
    transaction.requestEnd();
  }
  return transaction.finish();
}
