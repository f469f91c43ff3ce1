/** What a server makes of a body: the interface behind which all readers are. */

export type BodyFormat = 'multipart' | 'urlencoded' | 'json' | 'xml';

export const BODY_FORMATS: readonly BodyFormat[] = ['multipart', 'urlencoded', 'json', 'xml'];

/** A body as it goes over the wire. Strings hold one byte a character. */
export interface HostileBody {
  readonly format: BodyFormat;
  readonly contentType: string;
  readonly body: string;
}

/**
 * One way to read a body. Text is UTF-8, one byte a character. JSON values are named by their paths (`json.a.0`), texts
 * and attributes of XML have no names. What was read before an error counts: a handler may have used it.
 */
export interface Reading {
  /** "busboy", "python-cgi". */
  readonly reader: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The file name is null where a part is a file for another reason than a name. */
  readonly files: readonly (readonly [name: string, fileName: string | null, sizeBytes: number])[];
  readonly error: string | null;
}

/** A language with its readers: one reading for each that takes the body's format and media type. */
export interface ReaderHost {
  readonly name: 'node' | 'python' | 'go';
  read(body: HostileBody): Promise<readonly Reading[]>;
  close(): Promise<void>;
}
