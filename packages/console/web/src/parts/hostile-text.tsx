/**
 * Text that an attacker may have written: always a text node, on one line, with characters that are not seen, or that turn
 * the direction of what follows, shown by their number.
 */
import { Text, type TextProps } from '@mantine/core';
import type { ReactNode } from 'react';
import { UNSEEN } from '../unseen.ts';

const CUT = 2_000;

export function visible(text: string): string {
  const cut = text.length > CUT ? `${text.slice(0, CUT)}… (${text.length - CUT} more)` : text;
  return cut.replace(UNSEEN, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}

/** What is in it goes its own direction, and wraps. Characters are its children's to show: `visible`. */
export function Isolated({ children, ...rest }: { readonly children: ReactNode } & TextProps) {
  return (
    <Text
      span
      ff="monospace"
      size="sm"
      dir="ltr"
      style={{ unicodeBidi: 'isolate', overflowWrap: 'anywhere' }}
      {...rest}
    >
      {children}
    </Text>
  );
}

export function HostileText({ text, ...rest }: { readonly text: string } & TextProps) {
  return <Isolated {...rest}>{visible(text)}</Isolated>;
}
