/** Something that is done once it is asked for, and what became of it. */
import { useState } from 'react';
import { AskError, type Failure } from '../ask.ts';

export interface Act {
  readonly busy: boolean;
  readonly failure: Failure | null;
  readonly run: <T>(asked: Promise<T>, done: (answer: T) => void) => void;
}

export function useAct(): Act {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  return {
    busy,
    failure,
    run: (asked, done) => {
      setBusy(true);
      setFailure(null);
      asked
        .then(done, (error: unknown) => setFailure(error instanceof AskError ? error.failure : null))
        .finally(() => setBusy(false));
    },
  };
}
