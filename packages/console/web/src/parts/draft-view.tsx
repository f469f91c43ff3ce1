/** A change of the cluster before it is made: the object, what else should be known, difference and YAML, and why it is not made from here. */
import { Alert, Code, List, Text } from '@mantine/core';
import type { Draft } from '../../../src/cluster/cluster.ts';
import { HostileText } from './hostile-text.tsx';

export function DraftView({
  draft: { target, notes, managedBy, diff, yaml, refused },
}: {
  readonly draft: Draft;
}) {
  return (
    <>
      {target === '' ? null : <Text size="sm">{target}</Text>}
      {notes.length === 0 ? null : (
        <List size="sm">
          {notes.map((note) => (
            <List.Item key={note}>{note}</List.Item>
          ))}
        </List>
      )}
      {managedBy.length === 0 ? null : <Text size="sm">Managed by {managedBy.join(', ')}.</Text>}
      {diff === '' ? null : <Block label="Difference" text={diff} />}
      {yaml === '' ? null : <Block label="YAML" text={yaml} />}
      {refused === '' ? null : (
        <Alert color="orange" variant="light" title="Not from here">
          <HostileText text={refused} />
        </Alert>
      )}
    </>
  );
}

const Block = ({ label, text }: { readonly label: string; readonly text: string }) => (
  <div>
    <Text size="sm" fw={600}>
      {label}
    </Text>
    <Code block tabIndex={0} aria-label={label}>
      {text}
    </Code>
  </div>
);
