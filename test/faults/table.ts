/** What must follow from each fault. The tests beside it hold Sluice to this, and docs/faults.md shows it. */

/** What Envoy is told to do without Sluice matters in Block alone. */
export type FaultMode = 'Block' | 'Block, Open' | 'Detect';

export interface Seen {
  /** Status, or `reset` where a connection ended without one. */
  readonly client: string;
  readonly workload: string;
  /** Policy, what was done, and why. */
  readonly event: string;
}

export interface Fault {
  readonly fault: string;
  readonly seen: Readonly<Partial<Record<FaultMode, Seen>>>;
}

export type Faults = Readonly<Record<string, Fault>>;

const ALL = 'all of it';
const seen = (client: string, workload: string, event = 'none'): Seen => ({ client, workload, event });

const FAILED = {
  Block: seen('403', 'nothing', 'default, denied, inspector_failed'),
  Detect: seen('200', ALL, 'default, allowed, inspector_failed'),
};
const UNAVAILABLE = {
  Block: seen('503', 'nothing'),
  'Block, Open': seen('200', ALL),
  Detect: seen('200', ALL),
};
/** Of a process that is there. */
const NO_ROOM = {
  Block: seen('503', 'nothing', 'default, denied, unavailable'),
  'Block, Open': seen('200', ALL, 'default, allowed, unavailable'),
  Detect: seen('200', ALL, 'default, allowed, unavailable'),
};
const UNNOTICED = { Block: seen('200', ALL), Detect: seen('200', ALL) };

export const POOL_FAULTS = {
  workerDies: { fault: 'the worker thread ends in the middle of the inspection', seen: FAILED },
  workerDiesBeside: { fault: 'the same, for another request in that worker', seen: FAILED },
  workerDiesAgain: {
    fault: 'a request whose like has ended two workers',
    seen: {
      Block: seen('403', 'nothing', 'default, denied, inspector_failed'),
      Detect: seen('200', ALL, 'default, allowed, inspector_failed'),
    },
  },
  workerHangs: { fault: 'the worker hangs for longer than `poolTaskMillisMax`', seen: FAILED },
  stepThrows: { fault: 'the engine throws in a worker', seen: FAILED },
  noSlab: { fault: 'no slab is free: Block waits for one, Detect for nothing', seen: UNNOTICED },
  noSlabNoRoom: { fault: 'no slab is free, and `slabWaitBytesMax` bytes wait', seen: NO_ROOM },
  queueFull: { fault: '`poolQueueMax` steps wait for a worker', seen: NO_ROOM },
} satisfies Faults;

export const PROCESS_FAULTS = {
  killed: { fault: 'Sluice is killed (`kill -9`) and gone', seen: UNAVAILABLE },
  killedMeanwhile: { fault: 'Sluice is killed while it holds half of a body', seen: UNAVAILABLE },
  killedOne: {
    fault: 'one of two processes is killed under load',
    seen: {
      Block: seen(
        '503 at most 12 times, else its verdict',
        'no attack',
        'one for each attack that was judged',
      ),
      Detect: seen('200', ALL, 'one for each attack that was judged'),
    },
  },
} satisfies Faults;

export const RULE_FAULTS = {
  bundleCorrupt: {
    fault: 'bytes of the compiled rules in the cache are changed, or cut off',
    seen: {
      Block: seen('its verdict', 'no attack', 'as ever: the rules are compiled anew'),
      Detect: seen('200', ALL, 'as ever: the rules are compiled anew'),
    },
  },
  matchLimit: {
    fault: 'a rule cannot be decided (`SecPcreMatchLimit`)',
    seen: {
      Block: seen('403', 'nothing', 'default, denied, match_limit'),
      Detect: seen('200', ALL, 'default, allowed, match_limit'),
    },
  },
} satisfies Faults;

export const RELOAD_FAULTS = {
  reload: {
    fault: 'rules are reloaded under load, by changed files and by SIGHUP',
    seen: {
      Block: seen('its verdict', 'no attack', 'one for each attack, by the rules in force before or after'),
      Detect: seen('200', ALL, 'one for each attack, by the rules in force before or after'),
    },
  },
} satisfies Faults;

export const CLIENT_FAULTS = {
  slowHeaders: { fault: 'the client sends its headers byte by byte', seen: UNNOTICED },
  slowBody: { fault: 'the client pauses in its body for longer than `verdictMillis`', seen: UNNOTICED },
  silentBody: {
    fault: 'the client is silent in its body for longer than `pauseMillisMax`',
    seen: { Block: seen('408', 'nothing', 'default, denied, body_partial'), Detect: seen('200', ALL) },
  },
  clientGone: {
    fault: 'the client goes away in the middle of its body',
    seen: {
      Block: seen('gone', 'nothing'),
      Detect: seen('gone', 'a part, and no end', 'default, allowed, client gone'),
    },
  },
} satisfies Faults;

export const UPSTREAM_FAULTS = {
  gone: {
    fault: 'the workload does not listen',
    seen: { Block: seen('503', 'nothing'), Detect: seen('503', 'nothing') },
  },
  goneAttack: {
    fault: 'the same, and the request is an attack',
    seen: {
      Block: seen('403', 'nothing', 'default, denied, rule 10001'),
      Detect: seen('503', 'nothing', 'default, allowed, rule 10001'),
    },
  },
  goneMeanwhile: {
    fault: 'the workload goes away in the middle of the request',
    seen: {
      Block: seen('503', 'nothing'),
      Detect: seen('503', 'a part, and no end', 'default, allowed, client gone'),
    },
  },
  goneAfter: {
    fault: 'the workload closes in place of a response',
    seen: { Block: seen('503', ALL), Detect: seen('503', ALL) },
  },
} satisfies Faults;

export const ENVOY_FAULTS = {
  restarted: {
    fault: 'Envoy is restarted under load',
    seen: {
      Block: seen(
        'reset while Envoy is away, else its verdict',
        'no attack',
        'one for each attack that was judged',
      ),
      Detect: seen(
        'reset while Envoy is away, else 200',
        'what was sent',
        'one for each attack that was judged',
      ),
    },
  },
} satisfies Faults;
