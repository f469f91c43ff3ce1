/**
 * Text that an attacker may have written: always a text node, on one line, with characters that are not seen, or that turn
 * the direction of what follows, shown by their number.
 */
import { Text, type TextProps } from '@mantine/core';
import { UNSEEN } from '../unseen.ts';

const CUT = 2_000;

export function visible(text: string): string {
  const cut = text.length > CUT ? `${text.slice(0, CUT)}… (${text.length - CUT} more)` : text;
  return cut.replace(UNSEEN, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}

export function HostileText({ text, ...rest }: { readonly text: string } & TextProps) {
  return (
    <Text
      span
      ff="monospace"
      size="sm"
      dir="ltr"
      style={{ unicodeBidi: 'isolate', overflowWrap: 'anywhere' }}
      {...rest}
    >
      {visible(text)}
    </Text>
  );
}
