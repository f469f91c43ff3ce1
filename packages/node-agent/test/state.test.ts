import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readState } from '../src/state.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-state-'));
afterAll(() => rmSync(directory, { recursive: true }));

const read = (more: object): ReturnType<typeof readState> => {
  const pod = {
    ...{ namespace: 'shop', name: 'web', uid: 'u1', mode: 'Block', networkNamespacePath: '/netns/web' },
    ports: [{ number: 80, protocol: 'http' }],
  };
  const path = join(directory, 'state.json');
  const pods = [{ namespaceId: '4:1', pod, ...more }];
  writeFileSync(path, JSON.stringify({ envoy: null, retiring: null, settings: null, pods }));
  return readState(path);
};

it('of an agent that did not tell which pods were released has none', () => {
  expect(read({}).pods).toMatchObject([{ namespaceId: '4:1', released: false, letGo: false }]);
});
it('tells which pods were released, and of which Envoy had let go', () => {
  expect(read({ released: true }).pods).toMatchObject([{ released: true, letGo: false }]);
  expect(read({ released: true, letGo: true }).pods).toMatchObject([{ released: true, letGo: true }]);
});
