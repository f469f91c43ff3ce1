/** Text of an attacker's in which what was found is marked. */
import { Mark } from '@mantine/core';
import { Isolated, visible } from './hostile-text.tsx';

export function MarkedText({
  pieces: [before, found, behind],
}: {
  readonly pieces: readonly [before: string, found: string, behind: string];
}) {
  return (
    <Isolated>
      {visible(before)}
      {found === '' ? null : <Mark color="yellow">{visible(found)}</Mark>}
      {visible(behind)}
    </Isolated>
  );
}
