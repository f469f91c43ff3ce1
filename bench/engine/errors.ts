/** Errors of the benchmark: what it was asked for cannot be measured, or its figures would not be honest. */

interface ErrorDefinition {
  readonly message: string;
  readonly remedy: string;
}

export const BENCH_ERRORS = {
  BENCH_OPTION: { message: '{option}: {reason}', remedy: 'See ./sluice bench --help.' },
  BENCH_REPEATED: {
    message: 'a request of {case} came twice within the run',
    remedy: 'This is a defect of the corpus: please report it with the seed {seed}.',
  },
  BENCH_RULE_FAILED: {
    message: 'rule {rule} failed on a request of {case}: {reason}',
    remedy: 'Mend the rule, or leave it out of --rules.',
  },
  BENCH_CONTENDER: {
    message: '{name} ended or answered nonsense: {reason}',
    remedy: 'Leave it out with --peers, or run its program by hand: its standard error is quoted here.',
  },
  BENCH_UNPINNED: {
    message: 'processes cannot be pinned to core {core}: {reason}',
    remedy: 'Install util-linux (taskset), or name a core of this machine with --core.',
  },
  BENCH_NO_BASELINE: {
    message: 'there is no baseline to compare with in {path}',
    remedy: 'Write one with ./sluice bench gate --update.',
  },
  BENCH_NOT_BASELINE: {
    message: '{path} is no baseline: {reason}',
    remedy: 'Write a new one with ./sluice bench gate --update.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type BenchErrorCode = keyof typeof BENCH_ERRORS;

const fill = (template: string, details: Readonly<Record<string, string | number>>): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? ''));

export class BenchError extends Error {
  override readonly name = 'BenchError';
  readonly code: BenchErrorCode;
  readonly remedy: string;

  constructor(code: BenchErrorCode, details: Readonly<Record<string, string | number>>, cause?: unknown) {
    super(`${fill(BENCH_ERRORS[code].message, details)} [${code}]`, cause === undefined ? {} : { cause });
    this.code = code;
    this.remedy = fill(BENCH_ERRORS[code].remedy, details);
  }
}
