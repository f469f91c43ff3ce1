/** The argument of `xmlns`: what a prefix in the rule's XPath stands for, `soap=http://…`, quotes around the URI or none. */

const XMLNS = /^([A-Za-z_][-.\w]*)=(?:"([^"]+)"|([^"]+))$/;

export const isXmlns = (argument: string): boolean => XMLNS.test(argument);

/** @param argument one that `isXmlns` takes */
export function parseXmlns(argument: string): [prefix: string, uri: string] {
  const [, prefix = '', quoted, bare = ''] = XMLNS.exec(argument) ?? [];
  return [prefix, quoted ?? bare];
}
