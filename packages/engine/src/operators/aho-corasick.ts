/**
 * Many words at once (Aho and Corasick, 1975): one pass over the text, whatever the words are. Bytes; ASCII case does
 * not count.
 *
 * States are numbered breadth first, so the children of a state are neighbours: a state is its byte, where its children
 * begin, where to go on when none fits, and the longest word that ends there. That is 13 bytes a state.
 */
import { asciiLower } from '../bytes.ts';

/** A place in a text: bytes from `start` up to `end`. */
export interface WordMatch {
  readonly start: number;
  readonly end: number;
}

/** The trie while words are added to it. */
interface Node {
  readonly children: Map<number, Node>;
  /** Length of the word that ends here, 0 for none. */
  wordLength: number;
}

const ROOT = 0;

/** Each byte, with A to Z as a to z. */
const folded = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) folded[byte] = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;

function buildTrie(words: readonly string[]): Node {
  const root: Node = { children: new Map(), wordLength: 0 };
  for (const word of words) {
    let node = root;
    for (const character of asciiLower(word)) {
      const byte = character.charCodeAt(0);
      let child = node.children.get(byte);
      if (child === undefined) {
        child = { children: new Map(), wordLength: 0 };
        node.children.set(byte, child);
      }
      node = child;
    }
    node.wordLength = word.length;
  }
  return root;
}

/** The trie's nodes, breadth first, children in the order of their bytes, and the byte that leads to each. */
function breadthFirst(root: Node): { nodes: Node[]; bytes: number[]; parents: number[] } {
  const nodes = [root];
  const bytes = [0];
  const parents = [ROOT];
  for (let state = 0; state < nodes.length; state++) {
    const children = [...(nodes[state]?.children ?? [])].sort(([left], [right]) => left - right);
    for (const [byte, child] of children) {
      nodes.push(child);
      bytes.push(byte);
      parents.push(state);
    }
  }
  return { nodes, bytes, parents };
}

export class AhoCorasick {
  readonly #bytes: Uint8Array;
  /** Of state s the children are the states from `firstChild[s]` up to `firstChild[s + 1]`. */
  readonly #firstChild: Int32Array;
  readonly #fallback: Int32Array;
  readonly #longestWord: Int32Array;
  /** The root's child for each byte as it occurs in a text: most bytes of most texts are decided here. */
  readonly #fromRoot = new Int32Array(256);

  /** Words are bytes, one a character. Empty words are left out: they would match everywhere. */
  constructor(words: readonly string[]) {
    const { nodes, bytes, parents } = breadthFirst(buildTrie(words.filter((word) => word !== '')));
    this.#bytes = Uint8Array.from(bytes);
    this.#firstChild = new Int32Array(nodes.length + 1);
    this.#fallback = new Int32Array(nodes.length);
    this.#longestWord = new Int32Array(nodes.length);
    let firstChild = 1;
    for (const [state, node] of nodes.entries()) {
      this.#firstChild[state] = firstChild;
      firstChild += node.children.size;
    }
    this.#firstChild[nodes.length] = firstChild;
    for (let byte = 0; byte < 256; byte++) this.#fromRoot[byte] = this.#child(ROOT, folded[byte] ?? byte);
    // Breadth first: the fallback of a state is shorter, so it is finished before it is asked for.
    for (const [state, node] of nodes.entries()) {
      const parent = parents[state] ?? ROOT;
      if (parent !== ROOT)
        this.#fallback[state] = this.#next(this.#fallback[parent] ?? ROOT, bytes[state] ?? 0);
      const inherited = this.#longestWord[this.#fallback[state] ?? ROOT] ?? 0;
      this.#longestWord[state] = node.wordLength > 0 ? node.wordLength : inherited;
    }
  }

  /** States of the automaton; for reports. */
  get stateCount(): number {
    return this.#fallback.length;
  }

  /** The match that ends first, the longest of those that end there; null where no word occurs. */
  find(text: string): WordMatch | null {
    let state = ROOT;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      state = state === ROOT ? (this.#fromRoot[code] ?? ROOT) : this.#next(state, folded[code] ?? code);
      if (state === ROOT) continue;
      const length = this.#longestWord[state] ?? 0;
      if (length > 0) return { start: index + 1 - length, end: index + 1 };
    }
    return null;
  }

  /** At each place where a word ends, the longest that ends there; in the order of their ends. */
  findAll(text: string): readonly WordMatch[] {
    const found: WordMatch[] = [];
    let state = ROOT;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      state = this.#next(state, folded[code] ?? code);
      const length = this.#longestWord[state] ?? 0;
      if (length > 0) found.push({ start: index + 1 - length, end: index + 1 });
    }
    return found;
  }

  /** The state after `byte` (folded). Amortised constant: each fallback shortens what earlier bytes lengthened. */
  #next(from: number, byte: number): number {
    let state = from;
    while (state !== ROOT) {
      const child = this.#child(state, byte);
      if (child !== ROOT) return child;
      state = this.#fallback[state] ?? ROOT;
    }
    return this.#fromRoot[byte] ?? ROOT;
  }

  /** The child of `state` for `byte`, or the root. Binary search: a state may have up to 256 children. */
  #child(state: number, byte: number): number {
    let low = this.#firstChild[state] ?? 0;
    let high = this.#firstChild[state + 1] ?? 0;
    while (low < high) {
      const middle = (low + high) >> 1;
      const found = this.#bytes[middle] ?? 0;
      if (found === byte) return middle;
      if (found < byte) low = middle + 1;
      else high = middle;
    }
    return ROOT;
  }
}
