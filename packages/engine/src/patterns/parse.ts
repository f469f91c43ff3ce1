/**
 * Parses a pattern in PCRE syntax, as SecLang rules write it, into a tree. Accepts what PCRE2 10.42 accepts in byte mode
 * with DOTALL and DOLLAR_ENDONLY, but for the constructs that no engine of ours runs. Linear in the pattern.
 */
import { LANGUAGE_LIMITS } from '../limits.ts';
import { width } from './analysis.ts';
import { ByteSet } from './byte-set.ts';
import { posixEnd, readClass } from './char-class.ts';
import { type Escape, type GroupReference, readEscape } from './escapes.ts';
import { type GroupHead, readGroupHead } from './group-head.ts';
import { skipIgnored } from './ignored.ts';
import { NOT_NEWLINE } from './named-sets.ts';
import { readQuantifier } from './quantifier.ts';
import { PatternReader } from './reader.ts';
import {
  type AnchorAt,
  type BackreferenceNode,
  byteNode,
  type LookNode,
  type PatternNode,
  type PatternTree,
  type Span,
  setNode,
} from './tree.ts';

/** PCRE2's bound on what a look-behind looks back. */
const LOOK_BEHIND_BYTES_MAX = 65_535;

/**
 * @param text the pattern, one byte a character
 * @throws EngineError PATTERN_SYNTAX for what PCRE2 would refuse too, PATTERN_UNSUPPORTED for what is beyond the limits
 *   or runs in no engine; `details.offset` is the byte, `details.problem` the reason in one line
 */
export function parsePattern(text: string): PatternTree {
  const reader = new PatternReader(text);
  if (text.length > LANGUAGE_LIMITS.patternBytesMax) {
    throw reader.unsupported(`a pattern of more than ${LANGUAGE_LIMITS.patternBytesMax} bytes`);
  }
  const parser = new Parser(reader);
  const root = parser.parseAlternation();
  if (!reader.done) throw reader.syntax('a ) without its (');
  parser.resolveReferences();
  return { text, root, captures: reader.groupCount, names: reader.names };
}

/** A read item; `repeatable` false where PCRE2 refuses a quantifier behind it. */
interface Item {
  readonly node: PatternNode;
  readonly repeatable: boolean;
}

const repeatable = (node: PatternNode): Item => ({ node, repeatable: true });
const fixed = (node: PatternNode): Item => ({ node, repeatable: false });

class Parser {
  readonly #reader: PatternReader;
  /** Nodes whose group is known at the end only; they are completed in place. */
  readonly #named: { readonly node: { group: number }; readonly name: string; readonly offset: number }[] =
    [];
  #lookDepth = 0;

  constructor(reader: PatternReader) {
    this.#reader = reader;
  }

  /** Reads to the end or to the `)` that closes the group, which is left. */
  parseAlternation(): PatternNode {
    const reader = this.#reader;
    const start = reader.position;
    const branches = [this.#parseConcat()];
    while (reader.take('|')) branches.push(this.#parseConcat());
    const [only] = branches;
    if (branches.length === 1 && only !== undefined) return only;
    return { kind: 'alternation', branches, start, end: reader.position };
  }

  /** Checks the references once all groups are known. */
  resolveReferences(): void {
    const reader = this.#reader;
    for (const { group, offset } of reader.numberReferences) {
      if (group > reader.groupCount)
        throw reader.syntax('a reference to a group that does not exist', offset);
    }
    for (const { node, name, offset } of this.#named) {
      const group = reader.names.get(name);
      if (group === undefined)
        throw reader.syntax(`a reference to a group ${name} that does not exist`, offset);
      node.group = group;
    }
  }

  #parseConcat(): PatternNode {
    const reader = this.#reader;
    const start = reader.position;
    const items: PatternNode[] = [];
    let canRepeat = false;
    while (!reader.done && reader.peek() !== '|' && reader.peek() !== ')') {
      if (skipIgnored(reader)) continue;
      const quantifierStart = reader.position;
      const quantifier = readQuantifier(reader);
      if (quantifier !== null) {
        const body = items.pop();
        if (!canRepeat || body === undefined) throw reader.syntax('nothing to repeat', quantifierStart);
        items.push({ kind: 'repeat', ...quantifier, body, start: body.start, end: reader.position });
        canRepeat = false;
      } else if (reader.take('\\Q')) {
        const quoted = this.#parseQuoted();
        items.push(...quoted);
        canRepeat ||= quoted.length > 0;
      } else {
        const item = this.#parseItem();
        items.push(item.node);
        canRepeat = item.repeatable;
      }
    }
    return joined(items, { start, end: reader.position });
  }

  #parseQuoted(): PatternNode[] {
    const reader = this.#reader;
    const end = reader.text.indexOf('\\E', reader.position);
    const stop = end === -1 ? reader.text.length : end;
    const nodes: PatternNode[] = [];
    for (let at = reader.position; at < stop; at++) {
      nodes.push(byteNode(reader.text.charCodeAt(at), reader.flags.caseless, { start: at, end: at + 1 }));
    }
    reader.position = end === -1 ? stop : stop + 2;
    return nodes;
  }

  #parseItem(): Item {
    const reader = this.#reader;
    const { flags } = reader;
    const start = reader.position;
    const char = reader.peek();
    if (posixEnd(reader) !== null) throw reader.syntax('a POSIX class stands within a class: [[:alpha:]]');
    reader.position++;
    const span = { start, end: reader.position };
    switch (char) {
      case '(':
        return this.#parseGroup(start);
      case '[':
        return repeatable(readClass(reader));
      case '\\':
        return this.#fromEscape(readEscape(reader), start);
      case '.':
        return repeatable(setNode(flags.dotAll ? ByteSet.ALL : NOT_NEWLINE, span));
      case '^':
        return fixed(anchor(flags.multiline ? 'lineStart' : 'start', span));
      case '$':
        return fixed(anchor(flags.multiline ? 'lineEnd' : 'end', span));
      default:
        return repeatable(byteNode(char.charCodeAt(0), flags.caseless, span));
    }
  }

  #fromEscape(read: Escape, start: number): Item {
    const reader = this.#reader;
    const span = { start, end: reader.position };
    switch (read.kind) {
      case 'byte':
        return repeatable(byteNode(read.byte, reader.flags.caseless, span));
      case 'set':
        return repeatable(setNode(read.set, span));
      case 'anchor':
        return fixed(anchor(read.at, span));
      case 'backreference':
        return repeatable(this.#reference(read.reference, span));
      case 'newlineSequence':
        return repeatable(newlineSequence(span));
      case 'keep':
        if (this.#lookDepth > 0) throw reader.syntax('\\K cannot stand in a look-around', start);
        return fixed({ kind: 'keep', ...span });
    }
  }

  #reference(reference: GroupReference, span: Span): BackreferenceNode {
    const { caseless } = this.#reader.flags;
    const group = 'number' in reference ? reference.number : 0;
    const node = { kind: 'backreference' as const, group, caseless, ...span };
    if ('name' in reference) this.#named.push({ node, name: reference.name, offset: reference.offset });
    return node;
  }

  #parseGroup(start: number): Item {
    const reader = this.#reader;
    const outer = reader.flags;
    const head = readGroupHead(reader);
    if (head.kind === 'flags') {
      reader.flags = head.flags;
      return fixed({ kind: 'empty', start, end: reader.position });
    }
    if (head.kind === 'reference') {
      return repeatable(this.#reference(head, { start, end: reader.position }));
    }
    if (head.kind === 'plain') reader.flags = head.flags;
    const node = this.#parseBody(head, start);
    reader.flags = outer;
    return repeatable(node);
  }

  #parseBody(head: Exclude<GroupHead, { kind: 'flags' | 'reference' }>, start: number): PatternNode {
    const reader = this.#reader;
    const index = head.kind === 'capture' ? reader.nextGroup(head.name, start) : 0;
    reader.enterGroup();
    if (head.kind === 'look') this.#lookDepth++;
    const body = this.parseAlternation();
    if (head.kind === 'look') this.#lookDepth--;
    reader.leaveGroup();
    if (!reader.take(')')) throw reader.syntax('a ( without its )', start);
    const span = { start, end: reader.position };
    switch (head.kind) {
      case 'capture':
        return { kind: 'group', index, body, ...span };
      case 'atomic':
        return { kind: 'atomic', body, ...span };
      case 'look': {
        const node: LookNode = { kind: 'look', behind: head.behind, negative: head.negative, body, ...span };
        if (node.behind) this.#checkLookBehind(node);
        return node;
      }
      case 'plain':
        return body;
    }
  }

  /** PCRE2 looks back by a length that it knows, one for each branch. */
  #checkLookBehind(node: LookNode): void {
    const branches = node.body.kind === 'alternation' ? node.body.branches : [node.body];
    for (const branch of branches) {
      const { min, max } = width(branch);
      if (min === max && max <= LOOK_BEHIND_BYTES_MAX) continue;
      throw this.#reader.unsupported('a look-behind whose length is not fixed', node.start);
    }
  }
}

const anchor = (at: AnchorAt, span: Span): PatternNode => ({ kind: 'anchor', at, ...span });

/** Items one after another; what is empty leaves nothing. */
function joined(items: readonly PatternNode[], span: Span): PatternNode {
  const kept = items.filter((item) => item.kind !== 'empty');
  const [only] = kept;
  if (only === undefined) return { kind: 'empty', ...span };
  return kept.length === 1 ? only : { kind: 'concat', items: kept, ...span };
}

/** `\R`: \r\n or one vertical space, without going back on the choice. */
function newlineSequence(span: Span): PatternNode {
  const items = [byteNode(0x0d, false, span), byteNode(0x0a, false, span)];
  const branches: PatternNode[] = [
    { kind: 'concat', items, ...span },
    setNode(ByteSet.of('\n\v\f\r\x85'), span),
  ];
  return { kind: 'atomic', body: { kind: 'alternation', branches, ...span }, ...span };
}
