/**
 * Bodies arrive in chunks and are taken apart as they arrive. A processor pushes what it finds into a sink; it keeps no
 * more than the value at hand. Values are latin1 strings (one byte a character).
 */
import type { Limits } from '../limits.ts';
import type { XmlPath } from './xml-path.ts';
import type { XmlNode } from './xml-selection.ts';

/** Strictness findings of a multipart body, each the name of a variable MULTIPART_…. */
export type MultipartFlag =
  | 'BOUNDARY_QUOTED'
  | 'BOUNDARY_WHITESPACE'
  | 'CRLF_LF_LINES'
  | 'DATA_AFTER'
  | 'DATA_BEFORE'
  | 'DUPLICATE_PART_HEADER'
  | 'FILE_LIMIT_EXCEEDED'
  | 'HEADER_FOLDING'
  | 'INVALID_HEADER_FOLDING'
  | 'INVALID_PART'
  | 'INVALID_QUOTING'
  | 'LF_LINE'
  | 'MISSING_SEMICOLON'
  | 'UNMATCHED_BOUNDARY';

/**
 * Why a body was not read to its end: `syntax` is malformed input, `encoding` a compression or a charset that is not undone,
 * the others are limits (see limits.ts).
 */
export type BodyErrorKind = 'syntax' | 'encoding' | 'arguments' | 'depth' | 'parts' | 'size';

/** Where the findings go, in the order of the body. */
export interface BodySink {
  /** An argument, for ARGS_POST. JSON names are `json.a.0`. */
  argument(name: string, value: string): void;
  /**
   * A file part: the form field's name, the file's name as sent, its size in bytes; its content where it is kept, once for a
   * file of two names. After its last byte.
   */
  file(field: string, fileName: string, sizeBytes: number, content: string | null): void;
  /** One header line of a part, name included, without its line end: MULTIPART_PART_HEADERS:part. */
  partHeader(part: string, line: string): void;
  /** Text of an element, entities and CDATA decoded, one call for each text node: XML:/*. */
  xmlText(text: string, element: string): void;
  /** Value of an attribute, entities decoded: XML://@*. */
  xmlAttribute(value: string, name: string): void;
  /** What one of the paths of the options leads to, when it begins. */
  xmlNode(pathKey: string, pathText: string, node: XmlNode): void;
  multipartFlag(flag: MultipartFlag): void;
  /** Bad %XX in an urlencoded body (URLENCODED_ERROR). Parsing goes on. */
  urlencodedError(): void;
  /** The body is malformed or over a limit. Called at most once; nothing follows it. What came before stays. */
  error(kind: BodyErrorKind, message: string, byteOffset: number): void;
}

/** Where a processor tells what it knows of a value that has not ended yet. */
export interface UnfinishedSink extends Pick<BodySink, 'file' | 'partHeader'> {
  /** An argument as far as it has come; its name is complete. */
  unfinishedArgument(name: string, value: string): void;
}

export interface BodyProcessor {
  /**
   * The next bytes of the body. The processor does not keep `chunk` after it returns.
   *
   * @returns whether something came that rules look at; false where all of it is content of files that nobody reads
   */
  push(chunk: Uint8Array): boolean;
  /**
   * Tells of the values at hand, and changes nothing. What may yet turn out to be a delimiter is part of none, nor is a
   * header line of a part before its end. JSON and XML tell nothing: none of their bytes go on before their end.
   */
  tellUnfinished(sink: UnfinishedSink): void;
  /** The body is complete. A body that ends too early is an error of kind `syntax`. */
  end(): void;
}

/** What takes responses apart. */
export type ResponseProcessor = 'JSON' | 'XML';

export type XmlArgumentsMode = 'On' | 'Off' | 'OnlyArgs';

/** Names as in REQBODY_PROCESSOR. */
export type BodyProcessorName = 'URLENCODED' | 'MULTIPART' | 'JSON' | 'XML' | 'RAW';

export interface BodyProcessorOptions {
  /** The whole Content-Type header, latin1: the multipart boundary is in it. */
  readonly contentType: string;
  /** SecArgumentSeparator: one character; `&` where it is absent. */
  readonly argumentSeparator?: string;
  /** SecParseXmlIntoArgs: texts of XML as arguments, besides XML:/* or in its place. Off where it is absent. */
  readonly xmlArguments?: XmlArgumentsMode;
  /** FILES_TMP_CONTENT is read: contents of files are kept. */
  readonly keepsFiles?: boolean;
  /** Bytes of all files of a multipart body together; no bound of their own where it is absent. */
  readonly filesBytesMax?: number;
  /** Followed in XML. */
  readonly xmlPaths?: readonly XmlPath[];
  readonly limits: Limits;
}

export type CreateBodyProcessor = (sink: BodySink, options: BodyProcessorOptions) => BodyProcessor;
