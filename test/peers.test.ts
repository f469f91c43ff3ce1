/** Other engines as oracles: what they log and Sluice does not, or the other way round, is explained or a fault. */
import { beforeAll, describe, expect, test } from 'vitest';
import { type Differential, runDifferential } from '../bench/peers/differential.ts';
import { PeerError } from '../bench/peers/errors.ts';
import { keptRequests } from '../bench/peers/kept.ts';
import { openPeer, type PeerRequest } from '../bench/peers/peer.ts';
import { openSluice } from '../bench/peers/sluice.ts';

/** Building Coraza takes half a minute on four cores, compiling the rules of Sluice as much. */
const BUILD_AND_RUN_MILLIS = 900_000;
const MUTATIONS = 2_000;

describe('Sluice and its peers on the requests of the CRS and a few mutations', () => {
  let result: Differential;

  beforeAll(async () => {
    result = await runDifferential({ seeds: [1], mutations: MUTATIONS });
    for (const line of result.missing) process.stderr.write(`${line}\n`);
  }, BUILD_AND_RUN_MILLIS);

  test('log the same rules, but for disagreements that are explained', (context) => {
    if (result.peers.length === 0) context.skip('no peer can be built on this machine');
    expect(result.requests).toBeGreaterThan(6_000);
    expect(result.open).toEqual([]);
  });

  test('differ in multi-line anchors only where Sluice answers alike once it has them', (context) => {
    if (result.peers.length === 0) context.skip('no peer can be built on this machine');
    const anchors = result.disagreements.filter(({ explanation }) => explanation?.as === 'multi-line');
    expect(anchors.length).toBeGreaterThan(10);
    const sluice = openSluice();
    const answer = (text: string) => {
      const { request } = keptRequests().find(({ id }) => id === text) ?? expect.fail(text);
      return [sluice.inspect(request).includes(921_210), sluice.inspectMultiLine(request).includes(921_210)];
    };
    expect(answer('kept: a bracket at the end of a line')).toEqual([false, true]);
    // What differs for another reason is none of them.
    const others = result.disagreements.filter(({ ruleId }) => ruleId === 200_003);
    expect(others.length).toBeGreaterThan(0);
    expect(others.filter(({ explanation }) => explanation?.as === 'multi-line')).toEqual([]);
  });

  test('disagree as they did: each peer has a share in the explained ones', (context) => {
    if (result.peers.length === 0) context.skip('no peer can be built on this machine');
    for (const name of result.peers) {
      expect(result.disagreements.filter(({ peer }) => peer === name).length).toBeGreaterThan(50);
    }
  });
});

describe('a peer', () => {
  const RULES = `SecRuleEngine On
SecRequestBodyAccess On
SecRule ARGS:a "@streq b\xe9" "id:1,phase:2,pass,log"
SecRule REQUEST_HEADERS:X "@streq \xff" "id:2,phase:1,deny,status:418,log"
SecAction "id:3,phase:1,pass,nolog,setvar:tx.blocking_inbound_anomaly_score=7"
`;
  const request: PeerRequest = {
    method: 'POST',
    uri: '/',
    protocol: 'HTTP/1.1',
    headers: [['Content-Type', 'application/x-www-form-urlencoded']],
    body: Buffer.from('a=b\xe9', 'latin1'),
  };

  test.each(['modsecurity', 'coraza'] as const)(
    'as %s sees bytes as they are, in order, and tells scores and interruptions',
    { timeout: BUILD_AND_RUN_MILLIS },
    async (name) => {
      const peer = await openPeer(name, RULES);
      const denied = { ...request, headers: [['X', '\xff'] as const] };
      const [first, second, third] = await Promise.all([request, denied, request].map(peer.inspect, peer));
      await peer.close();
      expect(first?.ruleIds).toEqual([1]);
      expect(first?.scores).toEqual({ blocking_inbound_anomaly_score: '7' });
      expect(first?.interruption).toBeNull();
      expect(first?.nanoseconds).toBeGreaterThan(0);
      expect(second?.ruleIds).toEqual([2]);
      expect(second?.interruption).toMatchObject({ action: 'deny', status: 418 });
      expect(third?.ruleIds).toEqual([1]);
      await expect(peer.inspect(request)).rejects.toThrow(PeerError);
    },
  );

  test(
    'is not called silent where its answer waits for this process',
    async () => {
      const peer = await openPeer('modsecurity', RULES, { answerMillisMax: 20 });
      const answer = peer.inspect(request);
      // Busy from before the answer until long after its time.
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500));
      expect((await answer).ruleIds).toEqual([1]);
      await peer.close();
    },
    BUILD_AND_RUN_MILLIS,
  );

  test.each(['modsecurity', 'coraza'] as const)(
    'as %s that refuses its rules says why',
    { timeout: BUILD_AND_RUN_MILLIS },
    async (name) => {
      const opened = openPeer(name, 'SecRuleEngine On\nSecNonsense On\n');
      await expect(opened).rejects.toMatchObject({ code: 'PEER_REFUSED_RULES' });
      await expect(opened).rejects.toThrow(/nonsense/i);
    },
  );
});
