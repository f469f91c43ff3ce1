/** What paths have in common: `/posts/17/comments` and `/posts/18/comments` are `/posts/{id}/comments`. */
import { isAmbiguousPath, isOneOfPaths } from '@sluice/engine/paths';
import { PROMOTE_LIMITS } from './limits.ts';

const ID = '{id}';
const ANY = '{…}';

/** Numbers, UUIDs, hexadecimal texts, dates: what tells requests apart. */
const ID_FORMS = /^(?:\d[\d._:TZ-]*|(?:0x)?[0-9a-f]{8,}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$/i;
const WORD = /^@?[A-Za-z0-9._~$-]{1,64}$/;

function fold(segment: string): string {
  if (segment === '' || segment === '*') return segment;
  if (ID_FORMS.test(segment)) return ID;
  if (!WORD.test(segment)) return ANY;
  const isToken =
    segment.length >= 16 && /\d/.test(segment) && /[A-Za-z]/.test(segment) && !/[._~-]/.test(segment);
  return isToken ? ID : segment;
}

interface Place {
  readonly children: Map<string, Place>;
  /** More words than stand as they are. */
  many: boolean;
}

const placeOf = (): Place => ({ children: new Map(), many: false });

/** Templates of a set of paths: which places hold too many words is known once all are in. */
export class Templates {
  readonly #root = placeOf();

  constructor(paths: Iterable<string>) {
    for (const path of paths) this.#add(path.split('/').map(fold));
  }

  templateOf(path: string): string {
    let place: Place | undefined = this.#root;
    const shown = path.split('/').map((segment) => {
      const folded = fold(segment);
      const isWord = !folded.startsWith('{') && folded !== '';
      const step: string = isWord && place?.many === true ? ANY : folded;
      place = place?.children.get(step);
      return step;
    });
    return shown.join('/');
  }

  #add(segments: readonly string[]): void {
    let place = this.#root;
    for (const segment of segments) {
      const isWord = !segment.startsWith('{') && segment !== '';
      if (isWord && !place.many && !place.children.has(segment)) this.#makeRoom(place);
      const step = isWord && place.many ? ANY : segment;
      const next = place.children.get(step) ?? placeOf();
      place.children.set(step, next);
      place = next;
    }
  }

  /** One word more than fits: what is below all of them comes to stand below one. */
  #makeRoom(place: Place): void {
    const words = [...place.children].filter(([segment]) => segment !== '' && !segment.startsWith('{'));
    if (words.length < PROMOTE_LIMITS.wordsMax) return;
    place.many = true;
    const shared = place.children.get(ANY) ?? placeOf();
    for (const [segment, child] of words) {
      place.children.delete(segment);
      for (const [below, its] of child.children) shared.children.set(below, its);
    }
    place.children.set(ANY, shared);
  }
}

/** Paths that exclusions can name: printable, and read alike by all (packages/server, policies/policy-schema.ts). */
const NAMED_PATH = /^\/[A-Za-z0-9._~$@!&'()+,=:/-]{0,1023}$/;

/**
 * Paths for an exclusion that holds for these requests: each by name where they are few, else all below what they share. Null where they share
 * nothing that can be named.
 */
export function exclusionPaths(paths: readonly string[]): readonly string[] | null {
  const distinct = [...new Set(paths)].sort();
  if (distinct.some((path) => !NAMED_PATH.test(path) || isAmbiguousPath(path))) return null;
  if (distinct.length <= PROMOTE_LIMITS.pathsMax) return distinct;
  const [first = '', last = ''] = [distinct[0], distinct.at(-1)];
  const parts = first.split('/');
  const others = last.split('/');
  let same = 0;
  while (same < parts.length - 1 && parts[same] === others[same]) same++;
  return [`${parts.slice(0, same).join('/')}/*`];
}

/** Whether a path is one of an exclusion's, as the engine decides it; without any, all are. */
export const isInPaths = (path: string, paths: readonly string[]): boolean =>
  paths.length === 0 || (!isAmbiguousPath(path) && isOneOfPaths(path, paths));
