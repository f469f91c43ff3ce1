/** What a container runtime may say, in the words of several. A real containerd is in test/kubernetes/cri.test.ts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RuntimeNamespaces } from '../../src/node/namespaces/cri.ts';

const PROTO = fileURLToPath(new URL('../../src/node/namespaces/cri.proto', import.meta.url));

type Message = Readonly<Record<string, unknown>>;

interface FakeSandbox {
  readonly id: string;
  readonly uid: string;
  readonly createdAt: number;
  readonly state?: number;
  /** Listed still, and nobody can say more of it. */
  readonly isGone?: boolean;
  /** Of PodSandboxStatus. */
  readonly info?: Readonly<Record<string, string>>;
}

/** Says what it is told to. */
class FakeRuntime {
  sandboxes: readonly FakeSandbox[] = [];
  /** Ids that were asked for. */
  readonly asked: string[] = [];
  readonly #server = new Server();
  readonly #root = protobuf.loadSync(PROTO);

  async start(socket: string): Promise<void> {
    const list: handleUnaryCall<Message, Message> = (_, answer) =>
      answer(null, {
        items: this.sandboxes.map(({ id, uid, createdAt, state = 0 }) => ({
          ...{ id, metadata: { name: uid, uid, namespace: 'shop' }, state, createdAt },
        })),
      });
    const tell: handleUnaryCall<Message, Message> = ({ request }, answer) => {
      const id = String(request.podSandboxId);
      this.asked.push(id);
      const found = this.sandboxes.find((each) => each.id === id);
      if (found === undefined || found.isGone)
        answer({ code: status.NOT_FOUND, details: `no sandbox ${id}` });
      else answer(null, { info: found.info ?? {} });
    };
    const handlers: Record<string, UntypedHandleCall> = { ListPodSandbox: list, PodSandboxStatus: tell };
    this.#server.addService(this.#definition(), handlers);
    await new Promise<void>((resolve, reject) => {
      this.#server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
        error === null ? resolve() : reject(error),
      );
    });
  }

  #definition(): ServiceDefinition {
    const entries = ['ListPodSandbox', 'PodSandboxStatus'].map((name) => {
      const [input, output] = ['Request', 'Response'].map((end) =>
        this.#root.lookupType(`runtime.v1.${name}${end}`),
      ) as [protobuf.Type, protobuf.Type];
      return [
        name,
        {
          ...{ path: `/runtime.v1.RuntimeService/${name}`, requestStream: false, responseStream: false },
          requestSerialize: (value: Message) => Buffer.from(input.encode(input.fromObject(value)).finish()),
          requestDeserialize: (bytes: Buffer) => input.toObject(input.decode(bytes)),
          responseSerialize: (value: Message) =>
            Buffer.from(output.encode(output.fromObject(value)).finish()),
          responseDeserialize: (bytes: Buffer) => output.toObject(output.decode(bytes)),
        },
      ];
    });
    return Object.fromEntries(entries);
  }

  stop(): void {
    this.#server.forceShutdown();
  }
}

let directory: string;
let socket: string;
let runtime: FakeRuntime;
let namespaces: RuntimeNamespaces;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-cri-'));
  socket = join(directory, 'c.sock');
  runtime = new FakeRuntime();
  await runtime.start(socket);
  namespaces = new RuntimeNamespaces({ socket });
});

afterEach(() => {
  namespaces.close();
  runtime.stop();
  rmSync(directory, { recursive: true });
});

const sandbox = (info: unknown, change: Partial<FakeSandbox> = {}): FakeSandbox => ({
  ...{ id: 's1', uid: 'uid-web', createdAt: 1, info: { info: JSON.stringify(info) } },
  ...change,
});

const network = (path?: string) => ({
  linux: { namespaces: [{ type: 'pid' }, { type: 'network', ...(path === undefined ? {} : { path }) }] },
});

const resolved = async (uid = 'uid-web'): Promise<string | undefined> =>
  (await namespaces.resolve([uid])).get(uid);

describe('a path', () => {
  it.each([
    [
      'containerd',
      { pid: 7, runtimeType: 'io.containerd.runc.v2', runtimeSpec: network('/var/run/netns/cni-1') },
    ],
    ['CRI-O', { image: 'pause', pid: 7, runtimeSpec: network('/var/run/netns/cni-1') }],
  ])('is what %s says', async (_, info) => {
    runtime.sandboxes = [sandbox(info)];
    expect(await resolved()).toBe('/var/run/netns/cni-1');
  });

  it.each([
    ['names a process, whose number is another one here', { pid: 7, runtimeSpec: network() }],
    ['is on the network of its node', { pid: 7, runtimeSpec: { linux: { namespaces: [{ type: 'pid' }] } } }],
    ['says nothing of it: gVisor, Kata', { sandboxID: 's1' }],
    ['has no absolute path', { runtimeSpec: network('netns/cni-1') }],
    ['is of another shape', ['no object']],
  ])('is not known where a sandbox %s', async (_, info) => {
    runtime.sandboxes = [sandbox(info)];
    expect(await resolved()).toBeUndefined();
  });

  it('is not known where what it says cannot be read', async () => {
    runtime.sandboxes = [sandbox({}, { info: { info: '{"pid":' } })];
    expect(await resolved()).toBeUndefined();
  });

  it('is that of the process where the processes of the node can be seen', async () => {
    namespaces.close();
    namespaces = new RuntimeNamespaces({ socket, procPath: '/host/proc' });
    runtime.sandboxes = [sandbox({ pid: 7, runtimeSpec: network() })];
    expect(await resolved()).toBe('/host/proc/7/ns/net');
  });
});

describe('of several sandboxes of a pod', () => {
  const old = sandbox(
    { runtimeSpec: network('/run/netns/old') },
    { id: 'old', createdAt: 1_763_900_000_000 },
  );
  const young = sandbox(
    { runtimeSpec: network('/run/netns/new') },
    { id: 'new', createdAt: 1_763_900_000_001 },
  );

  it('the newest that runs counts, in whatever order they come', async () => {
    runtime.sandboxes = [young, old];
    expect(await resolved()).toBe('/run/netns/new');
    runtime.sandboxes = [{ ...young, state: 1 }, old];
    expect(await resolved()).toBe('/run/netns/old');
  });

  it('none counts that has ended: what was known of it holds no more', async () => {
    runtime.sandboxes = [old];
    expect(await resolved()).toBe('/run/netns/old');
    runtime.sandboxes = [{ ...old, state: 1 }];
    expect(await resolved()).toBeUndefined();
  });
});

it('holds up no pod for the sandbox of another', async () => {
  const gone = sandbox({}, { id: 's0', uid: 'uid-cart', isGone: true });
  runtime.sandboxes = [gone, sandbox({ runtimeSpec: network('/run/netns/a') })];
  expect(await namespaces.resolve(['uid-web', 'uid-cart'])).toEqual(new Map([['uid-web', '/run/netns/a']]));
});

it('asks once for what does not change', async () => {
  runtime.sandboxes = [sandbox({ runtimeSpec: network('/run/netns/a') })];
  await resolved();
  await resolved();
  expect(runtime.asked).toEqual(['s1']);
  runtime.sandboxes = [sandbox({ runtimeSpec: network('/run/netns/b') }, { id: 's2', createdAt: 2 })];
  expect(await resolved()).toBe('/run/netns/b');
});

it('asks nobody where no pod is wanted, and says which socket does not answer', async () => {
  runtime.stop();
  expect(await namespaces.resolve([])).toEqual(new Map());
  await expect(namespaces.resolve(['uid-web'])).rejects.toMatchObject({
    code: 'RUNTIME_UNREACHABLE',
    message: expect.stringContaining(socket),
  });
});
