/** Colours for a terminal; plain text for everything else. */
import { visibleText } from '../inspect/visible.ts';

export type Paint = (text: string, colour: Colour) => string;

export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

const CODES: Readonly<Record<Colour, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 };

export interface Terminal {
  readonly isTTY?: boolean;
}

/** https://no-color.org is heeded. */
export function paintFor(terminal: Terminal, environment: NodeJS.ProcessEnv): Paint {
  if (terminal.isTTY !== true || environment.NO_COLOR || environment.TERM === 'dumb') return (text) => text;
  return (text, colour) => `\x1b[${CODES[colour]}m${text}\x1b[0m`;
}

/** What an attacker sent must not reach the terminal as a command to it. */
export const printable = visibleText;
