/** Reads the file of workloads beside the requests that are answered meanwhile. */
import { readFile, stat } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { z } from 'zod';
import { reasonOf, ServerError } from '../errors.ts';
import { WORKLOADS_LIMITS } from './limits.ts';
import { plainAddress, type WorkloadLine, workloadHeadSchema, workloadSchema } from './workload-file.ts';

const NEWLINE = 0x0a;

/** What the file says of an address; null where several workloads claim it, so that none can be named. */
export type Standing = WorkloadLine | null;

export interface WorkloadTable {
  readonly byAddress: ReadonlyMap<string, Standing>;
  readonly workloads: number;
  /** Addresses that several workloads claim. */
  readonly disputed: number;
}

/** @throws ServerError WORKLOADS_UNREADABLE, WORKLOADS_INVALID */
export async function readWorkloads(path: string): Promise<WorkloadTable> {
  const bytes = await bytesOf(path);
  const byAddress = new Map<string, Standing>();
  let expected = -1;
  let workloads = 0;
  let disputed = 0;
  let sliceBegan = performance.now();
  for (let start = 0, end = 0, line = 1; start < bytes.length; start = end + 1, line++) {
    end = bytes.indexOf(NEWLINE, start);
    // Without its line end it is the beginning of a line that somebody is still writing.
    if (end < 0) throw invalid(path, line, 'the line has no end');
    const value = parsed(path, line, bytes.toString('utf8', start, end));
    if (line === 1) expected = checked(workloadHeadSchema, value, { path, line }).workloads;
    else {
      const workload = checked(workloadSchema, value, { path, line });
      workloads++;
      for (const address of workload.addresses) if (!put(byAddress, address, workload)) disputed++;
    }
    if (performance.now() - sliceBegan < WORKLOADS_LIMITS.sliceMillisMax) continue;
    await turn();
    sliceBegan = performance.now();
  }
  if (expected !== workloads)
    throw invalid(path, 1, `${expected} workloads are announced, ${workloads} follow`);
  return { byAddress, workloads, disputed };
}

async function bytesOf(path: string): Promise<Buffer> {
  const { fileBytesMax } = WORKLOADS_LIMITS;
  try {
    const { size } = await stat(path);
    if (size > fileBytesMax) {
      throw new ServerError('WORKLOADS_UNREADABLE', { path, reason: `more than ${fileBytesMax} bytes` });
    }
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof ServerError) throw cause;
    throw new ServerError('WORKLOADS_UNREADABLE', { path, reason: reasonOf(cause) }, { cause });
  }
}

/** False where somebody else has the address already. */
function put(byAddress: Map<string, Standing>, address: string, workload: WorkloadLine): boolean {
  const key = plainAddress(address);
  const known = byAddress.get(key);
  const isFree = known === undefined || known?.uid === workload.uid;
  byAddress.set(key, isFree ? workload : null);
  return isFree;
}

interface Place {
  readonly path: string;
  readonly line: number;
}

const invalid = (path: string, line: number, reason: string): ServerError =>
  new ServerError('WORKLOADS_INVALID', { reason }, { position: { file: path, line, column: 1 } });

function parsed(path: string, line: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(path, line, reasonOf(error));
  }
}

function checked<T extends z.ZodType>(schema: T, value: unknown, { path, line }: Place): z.infer<T> {
  const result = schema.safeParse(value);
  if (!result.success) throw invalid(path, line, z.prettifyError(result.error).replaceAll('\n', ' '));
  return result.data;
}
