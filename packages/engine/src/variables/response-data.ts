/** What is known of a response: headers in phase 3, the body in phase 4. */
import type { HttpResponseAttributes } from '../attributes/http-attributes.ts';
import { makePair, type Pair } from './pair.ts';
import { ResponseFindings } from './response-findings.ts';

export class ResponseData {
  readonly attributes: HttpResponseAttributes;
  readonly headers: readonly Pair[];
  /** RESPONSE_BODY, or null where it is not kept: no access, or a media type that is not inspected. */
  bodyText: string | null = null;
  /** Of a body that is taken apart: ctl:responseBodyProcessor. */
  readonly findings = new ResponseFindings();
  bodyBytes = 0;
  outboundDataError = false;
  /** The body is compressed in a way that is not undone: rules have seen it as it is. */
  isEncoded = false;

  constructor(attributes: HttpResponseAttributes) {
    this.attributes = attributes;
    this.headers = attributes.headers.map(([name, value]) => makePair(name, value));
  }

  headerValues(lowerName: string): readonly string[] {
    return this.headers.filter((pair) => pair.lowerKey === lowerName).map(({ value }) => value);
  }

  header(lowerName: string): string | undefined {
    return this.headers.find((pair) => pair.lowerKey === lowerName)?.value;
  }
}
