/** The letters that ANSI C and JavaScript escape control characters with: `\a \b \f \n \r \t \v`. */
const CONTROLS: ReadonlyMap<number, number> = new Map([
  [0x61, 0x07],
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
  [0x76, 0x0b],
]);

/** The byte that `\` and this character stand for: a control character, else the character itself. */
export const unescaped = (code: number): number => CONTROLS.get(code) ?? code;
