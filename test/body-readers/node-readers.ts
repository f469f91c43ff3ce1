/** Readers of the Node world: busboy (behind multer and others), undici's formData(), URLSearchParams, querystring, JSON.parse. */
import type { Buffer } from 'node:buffer';
import { parse as parseQueryString } from 'node:querystring';
import busboy from 'busboy';
import { fromText, toBytes } from '../../packages/engine/src/bytes.ts';
import type { HostileBody, ReaderHost, Reading } from './reader.ts';

type Fields = [name: string, value: string][];
type Files = [name: string, fileName: string | null, sizeBytes: number][];

/** What a reader threw, as text. */
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Runs a reader; what it read before it threw counts. */
function attempt(reader: string, read: (fields: Fields) => void): Reading {
  const fields: Fields = [];
  try {
    read(fields);
    return { reader, fields, files: [], error: null };
  } catch (error) {
    return { reader, fields, files: [], error: reasonOf(error) };
  }
}

function readBusboy({ contentType, body }: HostileBody): Promise<Reading> {
  const fields: Fields = [];
  const files: Files = [];
  return new Promise((resolve) => {
    const end = (error: string | null): void => resolve({ reader: 'busboy', fields, files, error });
    try {
      const form = busboy({ headers: { 'content-type': contentType }, defParamCharset: 'utf8' });
      form.on('field', (name, value) => fields.push([fromText(name ?? ''), fromText(value)]));
      form.on('file', (name, stream, info) => {
        // The types say that there always is one.
        const fileName: string | undefined = info.filename;
        const entry: Files[number] = [
          fromText(name ?? ''),
          fileName === undefined ? null : fromText(fileName),
          0,
        ];
        files.push(entry);
        stream.on('data', (chunk: Buffer) => {
          entry[2] += chunk.length;
        });
        stream.on('error', () => stream.resume());
      });
      form.on('error', (error) => end(reasonOf(error)));
      form.on('close', () => end(null));
      form.end(toBytes(body));
    } catch (error) {
      end(reasonOf(error));
    }
  });
}

/** What `await request.formData()` gives in frameworks on the Fetch API. */
async function readFetch({ contentType, body }: HostileBody): Promise<Reading> {
  const fields: Fields = [];
  const files: Files = [];
  try {
    const headers = { 'content-type': contentType };
    const form = await new Response(Uint8Array.from(toBytes(body)), { headers }).formData();
    for (const [name, value] of form) {
      if (typeof value === 'string') fields.push([fromText(name), fromText(value)]);
      else files.push([fromText(name), fromText(value.name), value.size]);
    }
    return { reader: 'fetch', fields, files, error: null };
  } catch (error) {
    return { reader: 'fetch', fields, files, error: reasonOf(error) };
  }
}

const readSearchParams = (text: string): Reading =>
  attempt('url-search-params', (fields) => {
    for (const [name, value] of new URLSearchParams(text)) fields.push([fromText(name), fromText(value)]);
  });

const readQueryString = (text: string): Reading =>
  attempt('querystring', (fields) => {
    for (const [name, values] of Object.entries(parseQueryString(text, '&', '=', { maxKeys: 0 }))) {
      for (const value of [values ?? ''].flat()) fields.push([fromText(name), fromText(value)]);
    }
  });

function flatten(fields: Fields, name: string, value: unknown, top: boolean): void {
  if (typeof value !== 'object' || value === null) {
    fields.push([name, value === null ? '' : fromText(String(value))]);
    return;
  }
  const members = Object.entries(value);
  if (members.length === 0 && !top) fields.push([name, '']);
  for (const [key, member] of members) flatten(fields, `${name}.${fromText(key)}`, member, false);
}

const readJson = (text: string): Reading =>
  attempt('json-parse', (fields) => flatten(fields, 'json', JSON.parse(text), true));

export const nodeReaders: ReaderHost = {
  name: 'node',
  async read(hostile) {
    const utf8 = toBytes(hostile.body).toString('utf8');
    switch (hostile.format) {
      case 'multipart':
        return Promise.all([readBusboy(hostile), readFetch(hostile)]);
      case 'urlencoded':
        return [
          ...(await Promise.all([readBusboy(hostile), readFetch(hostile)])),
          readSearchParams(utf8),
          readQueryString(utf8),
        ];
      case 'json':
        // Body parsers leave a byte order mark out, as TextDecoder does.
        return [readJson(new TextDecoder().decode(toBytes(hostile.body)))];
      case 'xml':
        return [];
    }
  },
  close: () => Promise.resolve(),
};
