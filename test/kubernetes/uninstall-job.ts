/** The job that `helm uninstall` waits for, run as a kubelet would: nothing in these tests makes pods. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiServer } from './api-server.ts';

const MAIN = resolve(import.meta.dirname, '../../packages/cli/src/main.ts');

export interface Ended {
  readonly status: number | null;
  readonly output: string;
}

interface Job {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly serviceAccountName: string;
        readonly containers: readonly { readonly args: readonly string[] }[];
      };
    };
  };
  readonly status: { readonly conditions?: readonly unknown[] };
}

/** A program's end, with all that it said. */
export async function ended(file: string, argv: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const child = spawn(file, argv, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = (await once(child, 'exit')) as [number | null];
  return { status, output: (await said).join('') };
}

/** With the token that the pod would have, and its status written as the Job controller does; the output of the pod. */
export async function runUninstallJob(server: ApiServer, namespace: string): Promise<Ended> {
  const path = `/apis/batch/v1/namespaces/${namespace}/jobs/sluice-uninstall`;
  let job: Job | null = null;
  // One that has failed stays until Helm makes the next.
  while (job === null || job.status.conditions !== undefined) {
    await sleep(50);
    // Helm has not made it yet.
    job = await server.request<Job>('GET', path).catch(() => null);
  }
  const { serviceAccountName, containers } = job.spec.template.spec;
  const account = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccountName}/token`;
  const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const { status } = await server.request<{ status: { token: string } }>('POST', account, asked);
  const args = (containers[0]?.args ?? []).map((arg) => arg.replace('$(POD_NAMESPACE)', namespace));
  const env = { KUBECONFIG: server.kubeconfig(status.token) };
  const done = await ended(process.execPath, [MAIN, ...args], env);
  const now = new Date().toISOString();
  const isDone = done.status === 0;
  const conditions = (isDone ? ['SuccessCriteriaMet', 'Complete'] : ['FailureTarget', 'Failed']).map(
    (type) => ({
      ...{ type, status: 'True', reason: 'Test', message: '' },
      ...{ lastTransitionTime: now, lastProbeTime: now },
    }),
  );
  const ends = isDone ? { completionTime: now, succeeded: 1 } : { failed: 1 };
  await server.request('PATCH', `${path}/status`, { status: { conditions, startTime: now, ...ends } });
  return done;
}
