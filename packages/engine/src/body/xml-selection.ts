/**
 * Follows paths through a document as it is read. Of each open element it is known which steps of which path its children
 * may be the next of, a bit a step; so the cost is linear in the document for any paths, and the memory that of the open
 * elements and of what was selected.
 */
import {
  DOCUMENT_SCOPE,
  elementName,
  type NamespaceScope,
  namedAttributes,
  scopeWithin,
  type XmlAttribute,
  type XmlName,
} from './xml-namespaces.ts';
import { type XmlNameTest, type XmlPath, type XmlPredicate, type XmlStep, xmlPathKey } from './xml-path.ts';

/** What a path leads to. The text of an element grows until the element ends. */
export interface XmlNode {
  readonly text: string;
}

/** Told of each node in the order of the document, by the path's key and its text. */
export type SelectXmlNode = (pathKey: string, pathText: string, node: XmlNode) => void;

interface GrowingNode extends XmlNode {
  text: string;
}

interface OpenElement {
  /** By path: bit i, whether children may be step i; the bit behind the last step, whether this is what it leads to. */
  readonly reached: readonly number[];
  readonly scope: NamespaceScope;
  /** How many children a step and its predicates took so far, where one of them asks for a position. */
  readonly positions: Map<XmlPredicate, number>;
  /** The text of the element, where a path leads to it. */
  readonly node: GrowingNode | null;
}

interface Element {
  readonly name: XmlName;
  readonly attributes: readonly { readonly name: XmlName; readonly value: string }[];
}

export class XmlSelection {
  readonly #paths: readonly XmlPath[];
  readonly #keys: ReadonlyMap<XmlPath, string>;
  readonly #select: SelectXmlNode;
  readonly #open: OpenElement[];
  #bytes = 0;

  constructor(paths: readonly XmlPath[], select: SelectXmlNode) {
    this.#paths = paths;
    this.#keys = new Map(paths.map((path) => [path, xmlPathKey(path)]));
    this.#select = select;
    this.#open = [{ reached: paths.map(() => 1), scope: DOCUMENT_SCOPE, positions: new Map(), node: null }];
  }

  /** Bytes of all that was selected: text counts once for each element around it that was. */
  get bytes(): number {
    return this.#bytes;
  }

  open(qualified: string, attributes: readonly XmlAttribute[]): void {
    const parent = this.#innermost();
    const scope = scopeWithin(parent.scope, attributes);
    const element = { name: elementName(qualified, scope), attributes: namedAttributes(attributes, scope) };
    const reached = this.#paths.map((path, index) =>
      advance(path, parent.reached[index] ?? 0, parent, element),
    );
    let node: GrowingNode | null = null;
    for (const [index, path] of this.#paths.entries()) {
      if (((reached[index] ?? 0) & (1 << path.steps.length)) === 0) continue;
      if (path.of.kind === 'element') {
        node ??= { text: '' };
        this.#selectNode(path, node);
      } else if (path.of.kind === 'attribute') {
        for (const { name, value } of element.attributes) {
          if (isNamed(name, path.of.name)) this.#selectText(path, value);
        }
      }
    }
    this.#open.push({ reached, scope, positions: new Map(), node });
  }

  /** Text between two tags. */
  text(text: string, isBlank: boolean): void {
    if (text === '') return;
    const parent = this.#innermost();
    this.#grow(text);
    if (isBlank) return;
    for (const [index, path] of this.#paths.entries()) {
      const isReached = ((parent.reached[index] ?? 0) & (1 << path.steps.length)) !== 0;
      if (isReached && path.of.kind === 'text' && this.#open.length > 1) this.#selectText(path, text);
    }
  }

  close(): void {
    const closed = this.#open.pop();
    // What is around it is told once it is whole: so no text is copied for each level.
    if (closed?.node != null) this.#grow(closed.node.text);
  }

  #innermost(): OpenElement {
    return this.#open[this.#open.length - 1] as OpenElement;
  }

  #selectText(path: XmlPath, text: string): void {
    this.#bytes += text.length;
    this.#selectNode(path, { text });
  }

  #selectNode(path: XmlPath, node: XmlNode): void {
    this.#bytes += 1;
    this.#select(this.#keys.get(path) ?? '', path.text, node);
  }

  #grow(text: string): void {
    const around = this.#open.findLast(({ node }) => node !== null)?.node;
    if (around === undefined || around === null) return;
    this.#bytes += text.length;
    around.text += text;
  }
}

/** What a child of an element has reached of a path. */
function advance(path: XmlPath, reached: number, parent: OpenElement, child: Element): number {
  const { steps, of } = path;
  let next = 0;
  for (let index = 0; index < steps.length; index++) {
    if ((reached & (1 << index)) === 0) continue;
    const step = steps[index] as XmlStep;
    if (step.descendant) next |= 1 << index;
    if (isNamed(child.name, step.name) && holds(step.predicates, parent, child)) next |= 1 << (index + 1);
  }
  const within = of.kind !== 'element' && of.descendant;
  return within ? next | (reached & (1 << steps.length)) : next;
}

const isNamed = (name: XmlName, test: XmlNameTest): boolean =>
  (test.local === null || test.local === name.local) && (test.uri === null || test.uri === name.uri);

/** Predicates in their order: a position counts those that the ones before it let through. */
function holds(predicates: readonly XmlPredicate[], parent: OpenElement, child: Element): boolean {
  for (const predicate of predicates) {
    if (predicate.kind !== 'position') {
      if (!isTrue(predicate, child)) return false;
      continue;
    }
    const position = (parent.positions.get(predicate) ?? 0) + 1;
    parent.positions.set(predicate, position);
    if (position !== predicate.position) return false;
  }
  return true;
}

function isTrue(predicate: Exclude<XmlPredicate, { kind: 'position' }>, child: Element): boolean {
  switch (predicate.kind) {
    case 'attribute':
      return child.attributes.some(
        ({ name, value }) =>
          isNamed(name, predicate.name) && (predicate.value === null || predicate.value === value),
      );
    case 'local-name':
      return child.name.local === predicate.value;
    case 'name':
      return child.name.qualified === predicate.value;
  }
}
