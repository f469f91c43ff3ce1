/** Whether something is enforced, in words and a colour. */
import { Badge } from '@mantine/core';

const SHOWN: Readonly<Record<string, readonly [string, string]>> = {
  Enforced: ['enforced', '#1b6a2d'],
  PartlyEnforced: ['partly enforced', '#9a3412'],
  NotEnforced: ['not enforced', 'red.9'],
  NotIntercepted: ['not intercepted', 'red.9'],
  Behind: ['older policy', '#9a3412'],
  NotProbed: ['not probed', 'gray.7'],
  Off: ['off', 'gray.7'],
  NoPods: ['no pods', 'gray.7'],
  Unknown: ['unknown', 'gray.7'],
  NotSelected: ['not selected', 'gray.7'],
  Quarantined: ['quarantined', 'grape.9'],
};

export function VerdictBadge({ verdict }: { readonly verdict: string }) {
  const [text, color] = SHOWN[verdict] ?? ['not selected', 'gray.7'];
  return (
    <Badge color={color} variant="filled" size="sm">
      {text}
    </Badge>
  );
}
