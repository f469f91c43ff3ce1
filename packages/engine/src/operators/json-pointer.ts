/** The place of something in a JSON value, as RFC 6901 writes it. */

/** The first place that the test takes, breadth first; empty for the whole value and where there is none. */
export function pointerTo(root: unknown, test: (key: string, value: unknown) => boolean): string {
  const queue: (readonly [pointer: string, value: unknown])[] = [['', root]];
  for (const [pointer, value] of queue) {
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, part] of Object.entries(value)) {
      const place = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (test(key, part)) return place;
      queue.push([place, part]);
    }
  }
  return '';
}
