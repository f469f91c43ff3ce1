/** Which processor a request body gets, and the making of one by its name. */
import { asciiLower } from '../bytes.ts';
import { createJsonProcessor } from './json.ts';
import { createMultipartProcessor } from './multipart.ts';
import type { BodyProcessor, BodyProcessorName, BodyProcessorOptions, BodySink } from './processor.ts';
import { createRawProcessor } from './raw.ts';
import { createUrlencodedProcessor } from './urlencoded.ts';
import { createXmlProcessor } from './xml.ts';

/**
 * The processor that a Content-Type header selects by itself. JSON and XML are chosen by rules
 * (ctl:requestBodyProcessor), as in ModSecurity; null where nothing is selected.
 */
export function bodyProcessorFor(contentType: string): BodyProcessorName | null {
  if (contentType === '') return null;
  const semicolon = contentType.indexOf(';');
  const named = semicolon < 0 ? contentType : contentType.slice(0, semicolon);
  const mediaType = asciiLower(named).replace(/^[ \t]+|[ \t]+$/g, '');
  if (mediaType === 'application/x-www-form-urlencoded') return 'URLENCODED';
  return mediaType.startsWith('multipart/form-data') ? 'MULTIPART' : null;
}

export function createBodyProcessor(
  name: BodyProcessorName,
  sink: BodySink,
  options: BodyProcessorOptions,
): BodyProcessor {
  switch (name) {
    case 'URLENCODED':
      return createUrlencodedProcessor(sink, options);
    case 'MULTIPART':
      return createMultipartProcessor(sink, options);
    case 'JSON':
      return createJsonProcessor(sink, options);
    case 'XML':
      return createXmlProcessor(sink, options);
    case 'RAW':
      return createRawProcessor();
  }
}
