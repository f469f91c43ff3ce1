/**
 * Texts of an XML document as arguments: `xml.order.item.note` (ModSecurity, SecParseXmlIntoArgs). Names are without their
 * prefixes. Text beside elements is given, too, which ModSecurity leaves out: no rule would see it otherwise.
 */

interface OpenElement {
  readonly argument: string;
  /** Whether an element or a text of it was seen. */
  hasContent: boolean;
}

export class XmlArguments {
  readonly #emit: (name: string, value: string) => void;
  readonly #open: OpenElement[] = [];
  #bytes = 0;

  constructor(emit: (name: string, value: string) => void) {
    this.#emit = emit;
  }

  /** Bytes of all names, which repeat those around them. */
  get bytes(): number {
    return this.#bytes;
  }

  open(qualified: string): void {
    const parent = this.#open.at(-1);
    if (parent !== undefined) parent.hasContent = true;
    const local = qualified.slice(qualified.indexOf(':') + 1);
    this.#open.push({ argument: `${parent?.argument ?? 'xml'}.${local}`, hasContent: false });
  }

  /** Text between two tags. */
  text(text: string, isBlank: boolean): void {
    const element = this.#open.at(-1);
    if (element === undefined || isBlank) return;
    element.hasContent = true;
    this.#give(element.argument, text);
  }

  close(): void {
    const element = this.#open.pop();
    if (element !== undefined && !element.hasContent) this.#give(element.argument, '');
  }

  #give(name: string, value: string): void {
    this.#bytes += name.length;
    this.#emit(name, value);
  }
}
