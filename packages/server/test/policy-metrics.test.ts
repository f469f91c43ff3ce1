import { Counter, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { PolicyHistogram, RequestTallies } from '../src/policy-metrics.ts';

const ABOUT = { name: 'h', help: 'a histogram' };
const BUCKETS = [0, 0.5, 1, 10];
const VALUES = [-1, 0, 0.25, 0.5, 0.75, 1, 3, 10, 11, 1_000];

describe('a histogram by policy', () => {
  it('reads as that of prom-client', async () => {
    const ours = new Registry();
    const theirs = new Registry();
    const histogram = new PolicyHistogram({ ...ABOUT, buckets: BUCKETS, registers: [ours] });
    const model = new Histogram({ ...ABOUT, labelNames: ['policy'], buckets: BUCKETS, registers: [theirs] });
    for (const [index, value] of VALUES.entries()) {
      const policy = index % 3 === 0 ? 'shop' : 'a "b"\\c';
      histogram.observe(policy, value);
      model.observe({ policy }, value);
    }
    expect(await ours.metrics()).toBe(await theirs.metrics());
    histogram.reset();
    model.reset();
    expect(await ours.metrics()).toBe(await theirs.metrics());
  });
});

describe('tallies of requests', () => {
  it('are told once, however often they are read, and kept apart by every label', async () => {
    const registry = new Registry();
    const labelNames = ['policy', 'outcome', 'verdict', 'mode', 'action'] as const;
    const counter = new Counter({ name: 'c', help: 'a counter', labelNames, registers: [registry] });
    const tallies = new RequestTallies();
    const add = (): void => tallies.add('shop', 'pass', 'allow', 'Block', 'allow');
    const labels = ['shop', 'pass', 'allow', 'Block', 'allow'];
    add();
    tallies.flush(counter);
    tallies.flush(counter);
    add();
    for (const index of labels.keys()) {
      const [policy = '', outcome = '', verdict = '', mode = '', action = ''] = labels.with(index, 'x');
      tallies.add(policy, outcome, verdict, mode, action);
    }
    tallies.flush(counter);
    const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('c{'));
    expect(lines.filter((line) => line.endsWith(' 1'))).toHaveLength(labels.length);
    expect(lines).toContain('c{policy="shop",outcome="pass",verdict="allow",mode="Block",action="allow"} 2');
  });
});
