/** What was done, in sentences. */
import { Alert } from '@mantine/core';
import { HostileText } from './hostile-text.tsx';

export function DoneNote({ done }: { readonly done: readonly string[] }) {
  if (done.length === 0) return null;
  return (
    <Alert color="teal" role="status">
      <HostileText text={done.join(' ')} />
    </Alert>
  );
}
