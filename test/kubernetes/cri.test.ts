/** Where pods' network namespaces are, as a real containerd tells it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RuntimeNamespaces } from '../../packages/controller/src/node/namespaces/cri.ts';
import { Containerd, whyNoContainerd } from './cri/containerd.ts';

const why = whyNoContainerd();

// Sandboxes are root's, and need a container runtime: `./sluice test --long` installs it.
describe.skipIf(why !== null)(why === null ? 'a container runtime' : `a container runtime (${why})`, () => {
  let containerd: Containerd;
  let namespaces: RuntimeNamespaces;

  beforeAll(async () => {
    containerd = await Containerd.start();
    namespaces = new RuntimeNamespaces({ socket: containerd.socket });
  });
  afterAll(async () => {
    namespaces?.close();
    await containerd?.stop();
  });

  it('knows the network namespace of each pod that it runs', async () => {
    const [web, cart] = [await containerd.run({ uid: 'uid-web' }), await containerd.run({ uid: 'uid-cart' })];
    const found = await namespaces.resolve(['uid-web', 'uid-cart', 'uid-nobody']);
    expect([...found.keys()].sort()).toEqual(['uid-cart', 'uid-web']);
    const numbers = [...found.values()].map((path) => containerd.namespaceAt(path));
    expect(numbers.sort()).toEqual([...containerd.namespacesOfPrograms()].sort());
    expect(new Set(numbers).size).toBe(2);
    await containerd.remove(web);
    expect([...(await namespaces.resolve(['uid-web', 'uid-cart'])).keys()]).toEqual(['uid-cart']);
    await containerd.remove(cart);
  });

  it('tells the newest where a pod has got another sandbox', async () => {
    const first = await containerd.run({ uid: 'uid-web' });
    const before = (await namespaces.resolve(['uid-web'])).get('uid-web');
    await containerd.end(first);
    const second = await containerd.run({ uid: 'uid-web', attempt: 1 });
    const after = (await namespaces.resolve(['uid-web'])).get('uid-web');
    expect(after).toMatch(/^\/var\/run\/netns\//);
    expect(after).not.toBe(before);
    for (const id of [first, second]) await containerd.remove(id);
  });

  it('has none for a pod on the network of its node', async () => {
    const host = await containerd.run({ uid: 'uid-host', hostNetwork: true });
    expect(await namespaces.resolve(['uid-host'])).toEqual(new Map());
    await containerd.remove(host);
  });

  it('is away when it is away', async () => {
    await containerd.kill();
    await expect(namespaces.resolve(['uid-web'])).rejects.toMatchObject({ code: 'RUNTIME_UNREACHABLE' });
  });
});
