/** A scripted inspector: it stands for what an inspector may do, good and bad. */
import type { Inspection, InspectionRequest, Inspector, Verdict } from '../../src/inspector.ts';

export const inspection = (verdict: Verdict, more: Partial<Inspection> = {}): Inspection => ({
  verdict,
  mode: 'Block',
  wouldBlock: verdict.kind === 'deny',
  rules: verdict.kind === 'deny' && verdict.ruleId !== null ? [verdict.ruleId] : [],
  event: null,
  score: null,
  durationMicros: 10,
  ...more,
});

export const ALLOW: Verdict = { kind: 'allow' };
export const DENY: Verdict = { kind: 'deny', status: 403, ruleId: 942_100 };

export class ScriptedInspector implements Inspector {
  readonly requests: InspectionRequest[] = [];
  script: (request: InspectionRequest) => Inspection | Promise<Inspection> = () => inspection(ALLOW);

  inspect(request: InspectionRequest): Inspection | Promise<Inspection> {
    this.requests.push(request);
    return this.script(request);
  }

  get last(): InspectionRequest {
    const last = this.requests.at(-1);
    if (last === undefined) throw new RangeError('nothing was inspected');
    return last;
  }
}
