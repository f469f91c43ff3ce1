/** What Sluice's server says of itself, on its addresses for operators. */
import { z } from 'zod';
import { reasonOf } from '../errors.ts';
import { NODE_LIMITS } from './limits.ts';

export interface ServerState {
  /** Of sluice.yaml, in force in all processes; null where they differ, or one does not answer. */
  readonly revision: string | null;
  /** The last sluice.yaml that a process has refused; null where none is. */
  readonly refused: { readonly revision: string; readonly reason: string } | null;
  /** Empty where they differ. */
  readonly ruleSetVersion: string;
  /** Why one does not answer; empty where all do. */
  readonly problem: string;
}

export interface JudgedProbeFacts {
  readonly name: string;
  readonly policy: string;
  readonly mode: string;
  readonly verdict: string;
}

export interface ServerView {
  /** Never rejects. */
  state(): Promise<ServerState>;
  /** What became of probes, of all processes; those that do not answer say nothing. */
  probes(): Promise<readonly JudgedProbeFacts[]>;
}

const reloadPage = z.object({
  version: z.string(),
  revision: z.string().nullable(),
  last: z.object({ outcome: z.string(), reason: z.string(), revision: z.string().nullable() }).nullable(),
});

const probesPage = z.object({
  probes: z.array(z.object({ name: z.string(), policy: z.string(), mode: z.string(), verdict: z.string() })),
});

const FAILED: ReadonlySet<string> = new Set(['refused', 'failed']);

export class AdminServers implements ServerView {
  readonly #urls: readonly string[];

  /** @param urls of all processes: `http://127.0.0.1:9192` */
  constructor(urls: readonly string[]) {
    this.#urls = urls;
  }

  async state(): Promise<ServerState> {
    const pages: z.infer<typeof reloadPage>[] = [];
    const problems: string[] = [];
    const asked = await Promise.allSettled(this.#urls.map((url) => page(`${url}/reload`, reloadPage)));
    for (const [index, answer] of asked.entries()) {
      if (answer.status === 'fulfilled') pages.push(answer.value);
      else problems.push(`the server at ${this.#urls[index]} does not answer: ${reasonOf(answer.reason)}`);
    }
    const refusal = pages.find(
      ({ last }) => last !== null && last.revision !== null && FAILED.has(last.outcome),
    );
    const { last = null } = refusal ?? {};
    return {
      revision: problems.length > 0 ? null : (same(pages.map(({ revision }) => revision)) ?? null),
      refused: last === null ? null : { revision: last.revision ?? '', reason: last.reason },
      ruleSetVersion: same(pages.map(({ version }) => version)) ?? '',
      problem: problems.join('; '),
    };
  }

  async probes(): Promise<readonly JudgedProbeFacts[]> {
    const asked = await Promise.allSettled(this.#urls.map((url) => page(`${url}/probes`, probesPage)));
    return asked.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value.probes : []));
  }
}

/** What all have; undefined where they differ, or there are none. */
const same = <T>(values: readonly T[]): T | undefined =>
  values.every((value) => value === values[0]) ? values[0] : undefined;

/** Throws whatever went wrong. */
async function page<T extends z.ZodType>(url: string, schema: T): Promise<z.infer<T>> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(NODE_LIMITS.pageMillisMax) });
  return schema.parse(await answer.json());
}
