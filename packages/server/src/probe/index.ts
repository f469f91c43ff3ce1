/** Probes of enforcement: asks as a client does, and says what the answers mean. Needs nothing of the server's. */
export { ask, attackOn, type ProbeAnswer, type ProbeOptions } from './ask.ts';
export { judge, type ProbeJudgement, type ProbeOutcome } from './judge.ts';
