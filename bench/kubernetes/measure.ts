/** One round: a controller from nothing until everything stands, then single changes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchError } from '../engine/errors.ts';
import { type ControllerProcess, OURS, type Size, type Stand } from './stand.ts';

const POLL_MILLIS = 5;
/** Beyond that something is broken. */
const WAIT_MILLIS_MAX = 120_000;

export interface Round {
  readonly coldMillis: number;
  /** From the answer of the API server to a change until a SluiceNode's spec has it. */
  readonly serviceMillis: readonly number[];
  readonly policyMillis: readonly number[];
  readonly coldPeakBytes: number;
  readonly residentBytes: number;
}

interface NodeObject {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly pods: readonly { readonly name: string }[];
    readonly policies: readonly { readonly name: string; readonly digest: string }[];
  };
}
interface Condition {
  readonly type: string;
  readonly status: string;
}
interface PolicyObject {
  readonly status?: { readonly conditions: readonly Condition[] };
}
interface List<T> {
  readonly items: readonly T[];
}

async function until(
  what: string,
  process: ControllerProcess,
  holds: () => Promise<boolean> | boolean,
): Promise<number> {
  const began = performance.now();
  while (!(await holds())) {
    process.check();
    if (performance.now() - began > WAIT_MILLIS_MAX)
      throw new BenchError('BENCH_CONTENDER', { name: 'the controller', reason: `${what}: not in time` });
    await sleep(POLL_MILLIS);
  }
  return performance.now() - began;
}

/** @param changes of each sort */
export async function measureRound(stand: Stand, size: Size, changes: number): Promise<Round> {
  await stand.reset();
  const process = stand.controller();
  try {
    await until('the first plan', process, () => process.settledAt.length > 0);
    const coldMillis = (process.settledAt[0] ?? 0) - process.startedAt;
    await verify(stand, size);
    const { peak } = process.memory();
    const serviceMillis: number[] = [];
    const policyMillis: number[] = [];
    for (let index = 0; index < changes; index += 1) {
      serviceMillis.push(await changeService(stand, process, index));
      policyMillis.push(await changePolicy(stand, process, index));
    }
    return {
      coldMillis,
      serviceMillis,
      policyMillis,
      coldPeakBytes: peak,
      residentBytes: process.memory().resident,
    };
  } finally {
    await process.stop();
  }
}

/** That what was measured was all of it. */
async function verify({ server }: Stand, size: Size): Promise<void> {
  const nodes = await server.get<List<NodeObject>>(`${OURS}/sluicenodes`);
  const pods = nodes.items.reduce((sum, { spec }) => sum + spec.pods.length, 0);
  const policies = new Set(nodes.items.flatMap(({ spec }) => spec.policies.map(({ name }) => name)));
  const { items: own } = await server.get<List<PolicyObject>>(`${OURS}/wafpolicies`);
  const isAccepted = ({ type, status }: Condition): boolean => type === 'Accepted' && status === 'True';
  const told = own.filter(({ status }) => status?.conditions.some(isAccepted)).length;
  const found = `${nodes.items.length} nodes, ${pods} pods, ${policies.size} policies, ${told} of them accepted`;
  // Beside those: Sluice's defaults, and the cluster's.
  const wanted = `${size.nodes} nodes, ${size.pods} pods, ${size.policies + 2} policies, ${size.policies} of them accepted`;
  if (found !== wanted)
    throw new BenchError('BENCH_CONTENDER', {
      name: 'the controller',
      reason: `${found} in place of ${wanted}`,
    });
}

/** The node of the Service's first pod, and the pod's name. */
function placeOf(stand: Stand, index: number): { readonly node: string; readonly pod: string } {
  const { namespace, name } = stand.serviceAt(index);
  const pod = stand.cluster.pods.find((each) => each.namespace === namespace && each.service === name);
  return { node: pod?.node ?? '', pod: pod?.name ?? '' };
}

/** Behind the Services that policies are for, each is kept out and taken in again. */
async function changeService(stand: Stand, process: ControllerProcess, index: number): Promise<number> {
  const service = stand.cluster.services.length - 1 - index;
  const { node, pod } = placeOf(stand, service);
  const isThere = async (): Promise<boolean> => {
    const { spec } = await stand.server.get<NodeObject>(`${OURS}/sluicenodes/${node}`);
    return spec.pods.some(({ name }) => name === pod);
  };
  await stand.annotate(service, false);
  const out = await until('a Service kept out', process, async () => !(await isThere()));
  await stand.annotate(service, true);
  return (out + (await until('a Service taken in', process, isThere))) / 2;
}

async function changePolicy(stand: Stand, process: ControllerProcess, index: number): Promise<number> {
  const { node } = placeOf(stand, index);
  const { namespace } = stand.serviceAt(index);
  const digest = async (): Promise<string | undefined> => {
    const { spec } = await stand.server.get<NodeObject>(`${OURS}/sluicenodes/${node}`);
    return spec.policies.find(({ name }) => name === `${namespace}/policy-${index}`)?.digest;
  };
  const before = await digest();
  await stand.server.request('PATCH', stand.policyPath(index), { spec: { paranoia: 3 } });
  return until('a changed policy', process, async () => (await digest()) !== before);
}
