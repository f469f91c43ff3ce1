import { setTimeout as sleep } from 'node:timers/promises';
import { it } from 'vitest';
import { spawn } from 'node:child_process';
import { inside } from './network.ts';
import { startCluster, until } from './cluster.ts';

const HEADERS = { host: 'shop.example', 'user-agent': 'Mozilla/5.0', accept: '*/*' };
it('x', async () => {
  const cluster = await startCluster();
  const agent = cluster.nodes.nodeA;
  const web = await cluster.pod('nodeA', 'web');
  const [f='', ...r] = inside('web', ['tcpdump','-s','120','-ni','any','-w','/tmp/ag/adhoc.pcap','tcp']); const td = spawn(f, r, {stdio:'ignore'});
  const command = { name: 'load', connections: 8, port: 80, path: '/?q=hose', headers: HEADERS };
  for (const [n, host] of [
    ['outside', web.ipv4],
    ['nodeB', web.ipv6],
  ] as const)
    await cluster.at(n).load({ ...command, host });
  await sleep(1500);
  agent.select([{ place: web }]);
  await until(() => agent.intercepts('web'));
  console.log('selected', Date.now());
  for (let i = 0; i < 12; i++) {
    agent.select([
      { place: web, unavailable: i % 2 ? 'Open' : 'Closed', policy: i % 2 ? 'open' : 'default' },
    ]);
    console.log('change', Date.now());
    await sleep(1500);
  }
  agent.select([]);
  console.log('unselect', Date.now());
  await until(() => agent.status()?.pods.length === 0);
  console.log('unselected', Date.now());
  await sleep(1000);
  for (const n of ['outside', 'nodeB']) console.log(await cluster.at(n).stopLoad('load'));
  td.kill(); await cluster.stop();
}, 100000);
