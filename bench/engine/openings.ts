/** What it takes to start an engine, and the memory that it holds once it has worked: in fresh processes. */
import { casesNamed } from './cases/index.ts';
import type { Contender, ContenderName } from './contender.ts';
import { Corpus, Sent } from './corpus.ts';
import type { RuleChoice } from './rules.ts';

export interface Opening {
  readonly paranoia: number;
  readonly contender: ContenderName;
  /** From files on disk (for Sluice the bundle, for others rule files) to a ready engine. Milliseconds. */
  readonly loadMillis: number;
  /** And to its first verdict. */
  readonly firstVerdictMillis: number;
  /** Resident bytes after that verdict. */
  readonly rssBytesFirst: number;
  /** Resident bytes after many requests. */
  readonly rssBytes: number;
}

const REQUESTS_EACH = 200;
const CASES = 'get,form,json,sqli';

/** @param open opens all contenders; they are closed here */
export async function openings(
  rules: RuleChoice,
  open: (rules: RuleChoice) => Promise<readonly Contender[]>,
): Promise<readonly Opening[]> {
  const contenders = await open(rules);
  const sent = new Sent();
  const requests = casesNamed(CASES).flatMap((each) => new Corpus(each, 'memory', sent).take(REQUESTS_EACH));
  const found: Opening[] = [];
  try {
    for (const contender of contenders) {
      const { wallMicros } = await contender.inspect(requests.slice(0, 1));
      const rssBytesFirst = contender.rssBytes();
      await contender.inspect(requests);
      found.push({
        paranoia: rules.paranoia,
        contender: contender.name,
        loadMillis: contender.loadMillis,
        firstVerdictMillis: contender.loadMillis + (wallMicros[0] ?? 0) / 1_000,
        rssBytesFirst,
        rssBytes: contender.rssBytes(),
      });
    }
  } finally {
    for (const contender of contenders) await contender.close();
  }
  return found;
}
