/** The hostile bodies of each format. */
import type fc from 'fast-check';
import type { BodyFormat, HostileBody } from '../reader.ts';
import { jsonBodies } from './json.ts';
import { multipartBodies } from './multipart.ts';
import { urlencodedBodies } from './urlencoded.ts';
import { xmlBodies } from './xml.ts';

export const HOSTILE_BODIES: Readonly<Record<BodyFormat, fc.Arbitrary<HostileBody>>> = {
  multipart: multipartBodies,
  urlencoded: urlencodedBodies,
  json: jsonBodies,
  xml: xmlBodies,
};
