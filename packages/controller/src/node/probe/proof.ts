/** What a probe has proven of a pod's port, by the mode of its policy. */
import { judge, type ProbeAnswer } from '@sluice/server/probe';
import type { Mode } from '../../kinds/objects.ts';
import type { JudgedProbeFacts } from '../server-state.ts';

export interface Proof {
  /** Null where nothing was proven. */
  readonly enforced: boolean | null;
  /** Empty where it is enforced. */
  readonly message: string;
}

export interface Findings {
  readonly policy: string;
  readonly mode: Exclude<Mode, 'Off'>;
  readonly clean: ProbeAnswer;
  readonly attack: ProbeAnswer;
  /** What the server says of the attack, by its name; null where it knows nothing. */
  readonly judged: JudgedProbeFacts | null;
}

/** In Block the client's own view counts; in Detect, where it sees nothing, that the server judged the attack by the policy. */
export function proofOf({ policy, mode, clean, attack, judged }: Findings): Proof {
  const elsewhere = judged !== null && judged.policy !== policy;
  if (elsewhere)
    return { enforced: false, message: `A probe was judged by policy ${judged.policy}, not by ${policy}.` };
  if (mode === 'Block') {
    const { outcome, explanation } = judge(clean, attack);
    if (outcome === 'enforced' || outcome === 'everything_blocked') return { enforced: true, message: '' };
    if (outcome === 'undecided')
      return { enforced: null, message: `A probe proved nothing: ${explanation}.` };
    return { enforced: false, message: `A probe was not refused: ${explanation}.` };
  }
  if (judged !== null && judged.verdict !== 'allow') return { enforced: true, message: '' };
  if (attack.failure !== null)
    return { enforced: null, message: `A probe proved nothing: no answer: ${attack.failure}.` };
  const why = judged === null ? 'Sluice did not see it' : 'Sluice found nothing in it';
  return { enforced: false, message: `A probe of ${policy} in Detect was not judged as an attack: ${why}.` };
}

/** Of a pod with several ports: the worst. */
export function worstOf(proofs: readonly Proof[]): Proof | undefined {
  const rank = ({ enforced }: Proof): number => (enforced === false ? 0 : enforced === null ? 1 : 2);
  return [...proofs].sort((a, b) => rank(a) - rank(b))[0];
}
