/**
 * The path templates of one destination: a tree of segments. `/users/17/orders` is `/users/{id}/orders`; a place with
 * too many values becomes `{…}`, but for values that many requests have. What a client asks for in vain teaches nothing, and
 * the tree has a bound.
 */
import { L7_LIMITS } from './limits.ts';
import { ANY, announcesSecret, fold, SECRET } from './segment.ts';

/** What did not find room. */
export const OTHER_TEMPLATE = '{other}';

export interface Template {
  /** Unique in its process. */
  readonly id: number;
  readonly text: string;
}

interface Place extends Template {
  readonly children: Map<string, Place>;
  /** Children that are words. */
  words: number;
  /** Requests that ended here. */
  hits: number;
  /** It had too many values: words that are new become `{…}`. */
  folded: boolean;
}

let lastId = 0;

const placeOf = (text: string): Place => ({
  id: ++lastId,
  text,
  children: new Map(),
  words: 0,
  hits: 0,
  folded: false,
});

const isPlaceholder = (segment: string): boolean => segment.startsWith('{');

/** Paths whose template is known, of all destinations together. */
export class RememberedPaths {
  #count = 0;
  #round = 0;

  /** Changes when everything that was remembered is to be forgotten. */
  get round(): number {
    return this.#round;
  }

  add(): void {
    this.#count++;
    if (this.#count <= L7_LIMITS.rememberedPathsMax) return;
    this.#count = 0;
    this.#round++;
  }
}

export class PathTemplates {
  readonly #templatesMax: number;
  readonly #remembered: RememberedPaths;
  readonly #known = new Map<string, Place>();
  #round = 0;
  #root = placeOf('');
  #count = 0;
  readonly other: Template = { id: ++lastId, text: OTHER_TEMPLATE };

  /** @param templatesMax places of the tree; each is a template, or what templates begin with */
  constructor(templatesMax: number, remembered: RememberedPaths) {
    this.#templatesMax = templatesMax;
    this.#remembered = remembered;
  }

  /** Templates that there are, without `{other}`. */
  get size(): number {
    return this.#count;
  }

  /**
   * @param path as it was sent, without query and fragment
   * @param teaches false where it must not bring anything new in: what is not known is `{…}`, with all behind it
   */
  templateOf(path: string, teaches: boolean): Template {
    if (this.#round !== this.#remembered.round) {
      this.#known.clear();
      this.#round = this.#remembered.round;
    }
    const known = this.#known.get(path);
    if (known !== undefined) {
      known.hits++;
      return known;
    }
    if (path.length > L7_LIMITS.pathCharsMax) return this.other;
    const place = this.#walk(path, teaches);
    if (place === null) return this.other;
    place.hits++;
    if (teaches && path.length <= L7_LIMITS.rememberedCharsMax) {
      this.#remembered.add();
      this.#known.set(path, place);
    }
    return place;
  }

  /** Null where there is no room for it. */
  #walk(path: string, teaches: boolean): Place | null {
    let place: Place | null = this.#root;
    let depth = 0;
    let behindSecret = false;
    for (let start = 0, end = 0; start <= path.length; start = end + 1) {
      end = path.indexOf('/', start);
      if (end < 0) end = path.length;
      const segment = withoutParameters(path.slice(start, end));
      if (segment === '') continue;
      if (depth++ === L7_LIMITS.segmentsMax) return this.#child(place, ANY);
      const folded = fold(segment);
      const isWord = !isPlaceholder(folded);
      const shown = isWord && behindSecret ? SECRET : folded;
      const known = place.children.get(shown);
      if (known === undefined && !teaches) return this.#child(place, ANY);
      place = known ?? this.#child(place, shown);
      if (place === null) return null;
      behindSecret = isWord && announcesSecret(folded);
    }
    return place === this.#root ? this.#child(place, '') : place;
  }

  #child(place: Place, segment: string): Place | null {
    const known = place.children.get(segment);
    if (known !== undefined) return known;
    if (isPlaceholder(segment) || segment === '') return this.#add(place, segment);
    if (!place.folded && place.words >= L7_LIMITS.valuesMax) this.#foldRare(place);
    if (place.folded) return place.children.get(ANY) ?? this.#add(place, ANY);
    const added = this.#add(place, segment);
    if (added !== null) place.words++;
    return added;
  }

  #add(place: Place, segment: string): Place | null {
    if (this.#count >= this.#templatesMax) return null;
    this.#count++;
    const child = placeOf(`${place.text}/${segment}`);
    place.children.set(segment, child);
    return child;
  }

  /** Keeps the words that many requests have; what is below the others is learned anew below `{…}`. */
  #foldRare(place: Place): void {
    place.folded = true;
    const words = [...place.children].filter(([segment]) => segment !== '' && !isPlaceholder(segment));
    const weighed = words.map(([segment, child]) => ({ segment, ...weigh(child) }));
    const hits = weighed.reduce((sum, word) => sum + word.hits, 0);
    for (const word of weighed) {
      // Once is no part of anything, however few requests there were.
      if (word.hits > 1 && word.hits * L7_LIMITS.keptShare >= hits) continue;
      place.children.delete(word.segment);
      place.words--;
      this.#count -= word.places;
    }
    this.#known.clear();
  }
}

/** A place with all below it. No deeper than the segments of a path. */
function weigh(place: Place): { readonly hits: number; readonly places: number } {
  let { hits } = place;
  let places = 1;
  for (const child of place.children.values()) {
    const below = weigh(child);
    hits += below.hits;
    places += below.places;
  }
  return { hits, places };
}

/** RFC 3986, section 3.3: what stands behind a semicolon belongs to its segment, as `;jsessionid=…` does. */
function withoutParameters(segment: string): string {
  const semicolon = segment.indexOf(';');
  return semicolon < 0 ? segment : segment.slice(0, semicolon);
}
