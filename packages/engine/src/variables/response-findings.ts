/** What is found in the body of a response that is taken apart: RESPONSE_ARGS, RESPONSE_XML, RES_BODY_ERROR. */
import type { BodyErrorKind, BodySink } from '../body/processor.ts';
import { makePair, type Pair } from './pair.ts';

export class ResponseFindings implements BodySink {
  readonly args: Pair[] = [];
  readonly xml: Pair[] = [];
  /** Null where the body is as its processor takes it. */
  errorMessage: string | null = null;

  argument(name: string, value: string): void {
    this.args.push(makePair(name, value));
  }

  xmlText(text: string): void {
    this.xml.push(makePair('/*', text));
  }

  xmlAttribute(value: string): void {
    this.xml.push(makePair('//@*', value));
  }

  error(_kind: BodyErrorKind, message: string): void {
    this.errorMessage = message;
  }

  // Neither JSON nor XML has any of these.
  xmlNode(): void {}
  file(): void {}
  partHeader(): void {}
  multipartFlag(): void {}
  urlencodedError(): void {}
}
