/**
 * The byte that a server with code page 20127 (US-ASCII) makes of a UTF-16 unit.
 *
 * Source: the "best fit" table of Windows code page 20127, which ModSecurity's recommended configuration selects
 * (`SecUnicodeMapFile unicode.mapping 20127`). Units that the table lacks give their low byte, and full-width forms
 * (U+FF01 to U+FF5E) the ASCII character they are a wide form of.
 */

/** Runs of neighbouring units: the first one, and the ASCII character of each. */
const RUNS: readonly (readonly [number, string])[] = [
  [0x00a0, ' !c'],
  [0x00a4, '$Y|'],
  [0x00a9, 'Ca<'],
  [0x00ad, '-R'],
  [0x00b2, '23'],
  [0x00b7, '.,1o>'],
  [0x00c0, 'AAAAAAACEEEEIIIIDNOOOOO'],
  [0x00d8, 'OUUUUY'],
  [0x00e0, 'aaaaaaaceeeeiiii'],
  [0x00f1, 'nooooo'],
  [0x00f8, 'ouuuuy'],
  [0x00ff, 'yAaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi'],
  [0x0134, 'JjKk'],
  [0x0139, 'LlLlLl'],
  [0x0141, 'LlNnNnNn'],
  [0x014c, 'OoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZz'],
  [0x0180, 'b'],
  [0x0189, 'D'],
  [0x0191, 'Ff'],
  [0x0197, 'I'],
  [0x019a, 'l'],
  [0x019f, 'OOo'],
  [0x01ab, 't'],
  [0x01ae, 'TUu'],
  [0x01b6, 'z'],
  [0x01cd, 'AaIiOoUuUuUuUuUu'],
  [0x01de, 'Aa'],
  [0x01e4, 'GgGgKkOoOo'],
  [0x01f0, 'j'],
  [0x0261, 'g'],
  [0x02b9, '\'"'],
  [0x02bc, "'"],
  [0x02c4, '^'],
  [0x02c6, '^'],
  [0x02c8, "'"],
  [0x02cb, '`'],
  [0x02cd, '_'],
  [0x02dc, '~'],
  [0x0300, '`'],
  [0x0302, '^~'],
  [0x030e, '"'],
  [0x0331, '__'],
  [0x2000, '       '],
  [0x2010, '--'],
  [0x2013, '--'],
  [0x2018, "'',"],
  [0x201c, '"""'],
  [0x2022, '.'],
  [0x2026, '.'],
  [0x2032, "'"],
  [0x2035, '`'],
  [0x2039, '<>'],
  [0x2122, 'T'],
];

const table = new Map<number, number>();
for (const [first, characters] of RUNS) {
  for (let index = 0; index < characters.length; index++) {
    table.set(first + index, characters.charCodeAt(index));
  }
}

/** The low byte of a number; of a full-width form (and of no number above U+FFFF), its ASCII character. */
export function lowByte(unit: number): number {
  const low = unit & 0xff;
  return unit >> 8 === 0xff && low > 0 && low < 0x5f ? low + 0x20 : low;
}

/** The byte for a UTF-16 unit (0 to 0xffff). */
export const bestFitByte = (unit: number): number => table.get(unit) ?? lowByte(unit);
