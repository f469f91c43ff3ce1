/** Namespaces in XML 1.0: which name a prefix stands for where. */

export interface XmlAttribute {
  /** With its prefix. */
  readonly name: string;
  /** Decoded. */
  readonly value: string;
}

/** What prefixes stand for within one element; '' is the default namespace. */
export type NamespaceScope = ReadonlyMap<string, string>;

export const DOCUMENT_SCOPE: NamespaceScope = new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]);

/** A name taken apart. `uri` is '' without a namespace, and undefined for a prefix that nothing declares. */
export interface XmlName {
  readonly qualified: string;
  readonly local: string;
  readonly uri: string | undefined;
}

const isDeclaration = ({ name }: XmlAttribute): boolean => name === 'xmlns' || name.startsWith('xmlns:');

/** The scope within an element with these attributes: its parent's where none declares anything. */
export function scopeWithin(parent: NamespaceScope, attributes: readonly XmlAttribute[]): NamespaceScope {
  const declared = attributes.filter(isDeclaration);
  if (declared.length === 0) return parent;
  return new Map([
    ...parent,
    ...declared.map(({ name, value }): [string, string] => [name.slice('xmlns:'.length), value]),
  ]);
}

export const elementName = (qualified: string, scope: NamespaceScope): XmlName =>
  nameOf(qualified, scope, scope.get('') ?? '');

/** The attributes that are no declarations; one without a prefix is in no namespace. */
export const namedAttributes = (
  attributes: readonly XmlAttribute[],
  scope: NamespaceScope,
): readonly { readonly name: XmlName; readonly value: string }[] =>
  attributes
    .filter((attribute) => !isDeclaration(attribute))
    .map(({ name, value }) => ({ name: nameOf(name, scope, ''), value }));

function nameOf(qualified: string, scope: NamespaceScope, without: string): XmlName {
  const colon = qualified.indexOf(':');
  if (colon < 0) return { qualified, local: qualified, uri: without };
  return { qualified, local: qualified.slice(colon + 1), uri: scope.get(qualified.slice(0, colon)) };
}
