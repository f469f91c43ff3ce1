/** `log` and `nolog` set both logs, `auditlog` and `noauditlog` the second alone; each counts from where it stands. */
import type { LogFlag } from '../rule-set/program.ts';

export interface LogSettings {
  readonly log: boolean;
  readonly auditLog: boolean;
}

export function applyLogFlags(before: LogSettings, flags: readonly LogFlag[]): LogSettings {
  let { log, auditLog } = before;
  for (const flag of flags) {
    if (flag === 'log' || flag === 'nolog') log = auditLog = flag === 'log';
    else auditLog = flag === 'auditlog';
  }
  return { log, auditLog };
}
