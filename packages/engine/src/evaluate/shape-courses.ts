/**
 * For which shapes of heads a rule set is folded: a bounded number, each once it has come often enough to be worth the
 * milliseconds. Clients that vary their heads bring none about. Each further request of the shape does a piece of it, so that
 * none waits for the whole.
 */
import { SHAPE_LIMITS } from '../limits.ts';
import type { CleanCourse } from '../link/folded.ts';
import { type HeadShape, usesToFold } from '../variables/head-shape.ts';

interface Use {
  /** Requests since it was counted first. */
  count: number;
  /** Whether one came since the last sweep. */
  isRecent: boolean;
  /** On its way to the course. */
  pieces: Iterator<undefined, CleanCourse> | null;
  course: CleanCourse | null;
}

export class ShapeCourses {
  readonly #clean: CleanCourse;
  readonly #fold: (shape: HeadShape) => Iterator<undefined, CleanCourse>;
  readonly #uses = new Map<HeadShape, Use>();
  #folded = 0;

  /** @param clean of heads of any shape */
  constructor(clean: CleanCourse, fold: (shape: HeadShape) => Iterator<undefined, CleanCourse>) {
    this.#clean = clean;
    this.#fold = fold;
  }

  /** The clean course of a transaction with such a head. */
  courseOf(shape: HeadShape | null): CleanCourse {
    if (shape === null) return this.#clean;
    const use = this.#useOf(shape);
    use.isRecent = true;
    if (use.course !== null) return use.course;
    use.count++;
    const usesMin = usesToFold();
    if (use.pieces === null) {
      const foldsMax = usesMin === 0 ? SHAPE_LIMITS.countsMax : SHAPE_LIMITS.foldsMax;
      if (use.count <= usesMin || this.#folded >= foldsMax) return this.#clean;
      this.#folded++;
      use.pieces = this.#fold(shape);
    }
    for (;;) {
      const { done, value } = use.pieces.next();
      if (done === true) {
        use.course = value;
        use.pieces = null;
        return value;
      }
      if (usesMin > 0) return this.#clean;
    }
  }

  #useOf(shape: HeadShape): Use {
    const known = this.#uses.get(shape);
    if (known !== undefined) return known;
    if (this.#uses.size >= SHAPE_LIMITS.countsMax) this.#sweep();
    const use: Use = { count: 0, isRecent: true, pieces: null, course: null };
    this.#uses.set(shape, use);
    return use;
  }

  /** Makes room: what is not folded is counted anew, and what did not come since the last sweep is let go. */
  #sweep(): void {
    this.#folded = 0;
    for (const [shape, use] of this.#uses) {
      if ((use.course ?? use.pieces) === null || !use.isRecent) this.#uses.delete(shape);
      else this.#folded++;
      use.isRecent = false;
    }
  }
}
