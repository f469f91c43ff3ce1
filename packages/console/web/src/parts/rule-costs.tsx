/** What rules cost the server beside the hub: of one rule, and of all, the dearest first. */
import { Paper, Stack, Table, Text } from '@mantine/core';
import { Link } from 'wouter';
import { type RuleCosts, ruleCosts } from '../policies.ts';
import { useUser } from '../session.tsx';
import { type Answer, Answered, useAnswer } from './answer.tsx';
import { Heads } from './heads.tsx';

const SHOWN_MAX = 100;

/** Of who sees some namespaces only, nothing: rules of all policies are in it. */
export function useRuleCosts(): Answer<RuleCosts | null> {
  const { namespaces } = useUser();
  return useAnswer(`rule costs ${namespaces === null}`, async (signal) =>
    namespaces === null ? (await ruleCosts(signal)).costs : null,
  );
}

export const microsText = (micros: number): string =>
  `${micros < 10 ? micros.toPrecision(2) : Math.round(micros).toLocaleString()} µs`;

export const partText = (share: number): string => `${(share * 100).toFixed(1)} %`;

export function AllRuleCosts() {
  const answer = useRuleCosts();
  return <Answered answer={answer}>{(costs) => <Costs costs={costs} />}</Answered>;
}

function Costs({ costs }: { readonly costs: RuleCosts | null }) {
  if (costs === null)
    return (
      <Text c="dimmed">
        No server beside the hub tells what rules cost: console.policies names its sluice.yaml. sluice rules
        profile measures it, too.
      </Text>
    );
  if (costs.requests === 0)
    return <Text c="dimmed">No request was timed yet: one in a hundred of small ones is.</Text>;
  const shown = costs.rules.slice(0, SHOWN_MAX);
  const left = costs.rules.length - shown.length + costs.more;
  return (
    <Stack>
      <Text c="dimmed" size="sm">
        A request takes {microsText(costs.micros)} of inspection, of {costs.requests.toLocaleString()} that
        were timed since the rules are in force.
      </Text>
      <Paper withBorder p="sm">
        <Table.ScrollContainer
          minWidth={600}
          scrollAreaProps={{ tabIndex: 0, 'aria-label': 'What rules cost' }}
        >
          <Table verticalSpacing={4}>
            <Heads of={['Rule', 'Cost a request', 'Share of inspection', 'Asked', 'Matched']} />
            <Table.Tbody>
              {shown.map(({ id, micros, share, asked, matched }) => (
                <Table.Tr key={id}>
                  <Table.Td>
                    <Link href={`/rules/${id}`}>{id}</Link>
                  </Table.Td>
                  <Table.Td>{microsText(micros)}</Table.Td>
                  <Table.Td>{partText(share)}</Table.Td>
                  <Table.Td>{asked.toLocaleString()}</Table.Td>
                  <Table.Td>{matched.toLocaleString()}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Paper>
      {left === 0 ? null : <Text size="sm">And {left.toLocaleString()} more, which cost less.</Text>}
    </Stack>
  );
}

/** In words; nothing where nobody has counted it. */
export function RuleCost({ id }: { readonly id: string }) {
  const costs = useRuleCosts().data;
  if (costs === null || costs.requests === 0) return null;
  const found = costs.rules.find((rule) => String(rule.id) === id);
  const words =
    found === undefined
      ? 'It was asked for no request.'
      : `It costs ${microsText(found.micros)} a request, ${partText(found.share)} of inspection; asked ${found.asked.toLocaleString()} times, matched ${found.matched.toLocaleString()}.`;
  return <Text size="sm">{words}</Text>;
}
