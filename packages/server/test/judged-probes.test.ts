import { describe, expect, it } from 'vitest';
import { JudgedProbes } from '../src/probe/judged-probes.ts';

const probe = (name: string) => ({
  name,
  policy: 'shop',
  mode: 'Detect' as const,
  verdict: 'deny' as const,
  wouldBlock: true,
  address: '10.0.0.1',
  port: 8080,
});

describe('probes that were judged', () => {
  it('are told by name, the latest of a name', () => {
    const probes = new JudgedProbes();
    probes.add(probe('a'));
    probes.add({ ...probe('a'), verdict: 'allow' });
    expect(probes.page.probes).toEqual([{ ...probe('a'), verdict: 'allow' }]);
  });

  it('are a bounded number of short names, the latest', () => {
    const probes = new JudgedProbes();
    for (let index = 0; index < 1_000; index++) probes.add(probe(`probe-${index}`));
    probes.add(probe('x'.repeat(65)));
    probes.add(probe(''));
    const { length } = probes.page.probes;
    expect(length).toBe(256);
    expect(probes.page.probes[length - 1]?.name).toBe('probe-999');
    expect(probes.page.probes[0]?.name).toBe('probe-744');
  });
});
