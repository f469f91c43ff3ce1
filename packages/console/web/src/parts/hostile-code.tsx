/** Text of several lines in which there may be something of an attacker's. */
import { Code } from '@mantine/core';
import { visible } from './hostile-text.tsx';

export function HostileCode({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <Code block tabIndex={0} role="region" aria-label={label} dir="ltr">
      {text.split('\n').map(visible).join('\n')}
    </Code>
  );
}
