/** What the agent says where Envoy may open few files. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openFilesMax, tellOpenFiles } from '../src/open-files.ts';

const limits = (soft: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units     \nMax open files            ${soft.padEnd(20)} 1048576              files     \n`;

function told(soft: string): readonly unknown[] {
  const lines: unknown[] = [];
  const keep = (...line: unknown[]): void => void lines.push(line);
  tellOpenFiles({ info: keep, warn: keep, error: keep }, limits(soft));
  return lines;
}

it('is said with the connections that it comes to, and only where they are few', () => {
  expect(told('1024')).toEqual([
    [
      { openFilesMax: 1024, connections: 512 },
      expect.stringContaining('LimitNOFILE of the container runtime'),
    ],
  ]);
  expect(told('65535')).toHaveLength(1);
  expect(told('65536')).toEqual([]);
  expect(told('unlimited')).toEqual([]);
});

it('is read as the kernel writes it', () => {
  expect(openFilesMax(readFileSync('/proc/self/limits', 'utf8'))).toBeGreaterThan(0);
  expect(openFilesMax('')).toBe(Number.POSITIVE_INFINITY);
});
