/** Whatever a cluster's texts hold, the terminal obeys none of it. */
import type { Look, PodState } from '@sluice/controller/view';
import { expect, it } from 'vitest';
import { renderExplanation } from '../../src/explain/render.ts';
import { styleFor } from '../../src/inspect/render-value.ts';
import { renderStatus } from '../../src/status/render.ts';

const EVIL = 'x\x1b[2J\x07\u202e\u2066\ny\r\x9b1m';
const style = styleFor({}, {});
const fact = { type: 'Accepted', status: 'False', reason: 'Invalid', message: EVIL } as const;
const pod: PodState = {
  ...{ pod: EVIL, uid: EVIL, node: EVIL, owner: EVIL, ready: true, heardAt: EVIL },
  verdict: 'NotEnforced',
  ...{ reason: EVIL, message: EVIL },
};
const look: Look = {
  services: [
    {
      ...{ service: `shop/${EVIL}`, selected: true, because: EVIL, policy: EVIL, mode: 'Block', ports: [] },
      ...{ pods: [pod], verdict: 'NotEnforced', nodes: { enforced: 0, all: 1 }, why: EVIL },
    },
  ],
  objects: [{ kind: EVIL, key: EVIL, conditions: [fact], troubles: [fact] }],
  nodes: [{ node: EVIL, heardAt: null, isSilent: true, problem: EVIL, pods: { enforced: 0, all: 1 } }],
  unseen: [{ kind: EVIL, state: 'forbidden', problem: EVIL }],
};

/** Line ends are ours. */
const unseenIn = (text: string): readonly string[] => text.replaceAll('\n', '').match(/\p{C}/gu) ?? [];

it('neither by status nor by explain', () => {
  const status = renderStatus(look, { style, columns: undefined, now: 0 });
  const explained = renderExplanation(
    {
      ...{ service: EVIL, verdict: 'NotEnforced', pods: [pod], unseen: look.unseen },
      steps: [{ step: 'policy', state: 'no', says: [EVIL, EVIL], remedies: [EVIL] }],
      policy: {
        ...{ name: EVIL, objects: [], ruleSets: [EVIL] },
        settings: [{ path: EVIL, value: [EVIL], from: [EVIL] }],
      },
      recent: {
        ...{ from: EVIL, blocked: 1, wouldBlock: 1, rules: [{ id: EVIL, events: 1 }] },
        events: [{ '@timestamp': EVIL, url: { original: EVIL } }],
      },
    },
    style,
  );
  for (const text of [status, explained]) {
    expect(text).toContain('\\x1b');
    expect(unseenIn(text)).toEqual([]);
  }
});
