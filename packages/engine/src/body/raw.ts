/** A body of no known form: there is nothing to take apart, and nothing is kept. REQUEST_BODY is not made here. */
import type { BodyProcessor } from './processor.ts';

class RawProcessor implements BodyProcessor {
  push(): boolean {
    return true;
  }

  tellUnfinished(): void {}

  end(): void {}
}

/** Accepts any bytes; never calls a sink. */
export const createRawProcessor = (): BodyProcessor => new RawProcessor();
