/** Versions as `1.2.3`: by their numbers, from the left. What is no version is older than all. */
const parts = (version: string): readonly number[] =>
  /^\d+(\.\d+)*/.exec(version)?.[0].split('.').map(Number) ?? [];

export function isNewer(version: string, than: string): boolean {
  const [a, b] = [parts(version), parts(than)];
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
