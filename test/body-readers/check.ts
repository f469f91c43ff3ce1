/** Asks all readers about bodies, and holds what they see against what Sluice shows. */
import fc from 'fast-check';
import { ACCEPTED } from './accepted.ts';
import { HOSTILE_BODIES } from './corpus/corpus.ts';
import { type Bypass, bypassesOf } from './law.ts';
import type { OpenReaders } from './open.ts';
import type { BodyFormat, HostileBody } from './reader.ts';
import type { SluiceReader } from './sluice.ts';

export interface Finding {
  readonly body: HostileBody;
  readonly bypass: Bypass;
  /** The name of what accepts it; null for an open one. */
  readonly accepted: string | null;
}

export interface Verdict {
  readonly refused: boolean;
  /** Whether a reader got a field or a file out of it. */
  readonly read: boolean;
  readonly findings: readonly Finding[];
}

export async function judge(
  { hosts }: OpenReaders,
  sluice: SluiceReader,
  body: HostileBody,
): Promise<Verdict> {
  const shown = sluice.read(body);
  // Readers have no say about what is refused.
  if (shown.refusedBy !== null) return { refused: true, read: false, findings: [] };
  const readings = (await Promise.all(hosts.map((host) => host.read(body)))).flat();
  return {
    refused: false,
    read: readings.some(({ fields, files }) => fields.length + files.length > 0),
    findings: bypassesOf(body, shown, readings).map((bypass) => ({
      body,
      bypass,
      accepted: ACCEPTED.find(({ explains }) => explains(bypass, shown, body))?.name ?? null,
    })),
  };
}

export interface Tally {
  readonly bodies: number;
  readonly refused: number;
  readonly read: number;
  /** What is accepted, by name. */
  readonly accepted: ReadonlyMap<string, number>;
  /** The shortest body of each reader, for a start. */
  readonly open: readonly Finding[];
}

/** Bodies that are asked about at the same time. */
const BATCH = 200;

const lengthOf = ({ body: { contentType, body } }: Finding): number => contentType.length + body.length;

/** Checks `count` bodies of a format; the same ones for the same seed. */
export async function tally(
  readers: OpenReaders,
  sluice: SluiceReader,
  format: BodyFormat,
  { seed, count }: { readonly seed: number; readonly count: number },
): Promise<Tally> {
  let [bodies, refused, read] = [0, 0, 0];
  const accepted = new Map<string, number>();
  const open = new Map<string, Finding>();
  for (let turn = 0; bodies < count; turn += 1) {
    const numRuns = Math.min(BATCH, count - bodies);
    const batch = fc.sample(HOSTILE_BODIES[format], { seed: seed + turn, numRuns });
    bodies += batch.length;
    for (const verdict of await Promise.all(batch.map((body) => judge(readers, sluice, body)))) {
      if (verdict.refused) refused += 1;
      if (verdict.read) read += 1;
      for (const finding of verdict.findings) {
        if (finding.accepted !== null) {
          accepted.set(finding.accepted, (accepted.get(finding.accepted) ?? 0) + 1);
          continue;
        }
        const shortest = open.get(finding.bypass.reader);
        if (shortest === undefined || lengthOf(finding) < lengthOf(shortest)) {
          open.set(finding.bypass.reader, finding);
        }
      }
    }
  }
  return { bodies, refused, read, accepted, open: [...open.values()] };
}
