/** Text of an attacker's in which what was found is marked. */
import { Mark, Text } from '@mantine/core';
import { visible } from './hostile-text.tsx';

export function MarkedText({
  pieces: [before, found, behind],
}: {
  readonly pieces: readonly [before: string, found: string, behind: string];
}) {
  return (
    <Text
      span
      ff="monospace"
      size="sm"
      dir="ltr"
      style={{ unicodeBidi: 'isolate', overflowWrap: 'anywhere' }}
    >
      {visible(before)}
      {found === '' ? null : <Mark color="yellow">{visible(found)}</Mark>}
      {visible(behind)}
    </Text>
  );
}
