/** Errors of `sluice demo`. docs/errors.md lists the same codes. */
export const DEMO_ERRORS = {
  DEMO_OPTION: { message: '{option}: {reason}', remedy: 'See sluice demo --help.' },
  DEMO_SHOP_PORT: {
    message: "the demo's shop cannot listen on port {port}: {reason}",
    remedy: 'Leave --shop-port out to have a free one.',
  },
  DEMO_EVENT_MISSING: {
    message: 'Sluice has told nothing about the attack, which got status {status}',
    remedy: 'This is a defect: please report it.',
  },
  DEMO_EVENT_NOT_KEPT: {
    message: 'the store has not taken the event {id}: {reason}',
    remedy: 'Look whether the disk has room, and start the demo again.',
  },
  DEMO_ALERT_SILENT: {
    message: 'the alert {alert} does not fire for the attack, which is stored',
    remedy: 'This is a defect: please report it.',
  },
  DEMO_PART_LOST: { message: '{what}', remedy: 'Start the demo again.' },
  DEMO_STORY_WRONG: {
    message: 'the story did not come out as it must: {reason}',
    remedy: 'This is a defect: please report it, with what was printed above.',
  },
  DEMO_STATE: {
    message: 'the demo cannot keep its events in {path}: {reason}',
    remedy: 'Name a folder that this user may write in SLUICE_STATE.',
  },
  DEMO_STATE_DAMAGED: {
    message: '{path} does not say where the last demo kept its events: {reason}',
    remedy: 'Delete it; the next demo writes it anew.',
  },
} as const;

export type DemoErrorCode = keyof typeof DEMO_ERRORS;

export class DemoError extends Error {
  override readonly name = 'DemoError';
  readonly code: DemoErrorCode;
  readonly remedy: string;

  constructor(code: DemoErrorCode, details: Readonly<Record<string, string | number>>, cause?: unknown) {
    const message = DEMO_ERRORS[code].message.replace(/\{(\w+)\}/g, (_, name: string) =>
      String(details[name] ?? ''),
    );
    super(`${message} [${code}]`, cause === undefined ? {} : { cause });
    this.code = code;
    this.remedy = DEMO_ERRORS[code].remedy;
  }
}
