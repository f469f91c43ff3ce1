/** Where a store is, as `--store` and SLUICE_STORE say it. */
import { resolve } from 'node:path';
import { EventsError } from './errors.ts';

export type StoreAddress =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'hub'; readonly url: string }
  | { readonly kind: 'elasticsearch'; readonly url: string };

/** @throws EventsError EVENTS_STORE_ADDRESS */
export function parseStoreAddress(text: string): StoreAddress {
  const refuse = (reason: string): never => {
    throw new EventsError('EVENTS_STORE_ADDRESS', { address: withoutPassword(text), reason });
  };
  const [scheme = '', rest = ''] = split(text);
  switch (scheme) {
    case 'sqlite':
      return rest === '' ? refuse('there is no path') : { kind: 'sqlite', path: resolve(rest) };
    case 'http':
    case 'https':
      return { kind: 'hub', url: readUrl(text, refuse) };
    case 'elasticsearch':
      return { kind: 'elasticsearch', url: readUrl(rest, refuse) };
    default:
      return refuse(scheme === '' ? 'it names no kind of store' : `there is no store of the kind ${scheme}`);
  }
}

function split(text: string): readonly [string, string] {
  const colon = text.indexOf(':');
  return colon === -1 ? ['', text] : [text.slice(0, colon), text.slice(colon + 1)];
}

function readUrl(text: string, refuse: (reason: string) => never): string {
  if (!URL.canParse(text)) return refuse(`${withoutPassword(text)} is no URL`);
  const { protocol } = new URL(text);
  return protocol === 'http:' || protocol === 'https:' ? text : refuse('it is neither http nor https');
}

/** The address as it may be shown. */
export function describeAddress(address: StoreAddress): string {
  switch (address.kind) {
    case 'sqlite':
      return `sqlite:${address.path}`;
    case 'hub':
      return withoutPassword(address.url);
    case 'elasticsearch':
      return `elasticsearch:${withoutPassword(address.url)}`;
  }
}

/** The password in a URL's authority is nobody's who reads over a shoulder. */
const withoutPassword = (text: string): string => text.replace(/(\/\/[^/?#@:]*):[^/?#@]*@/, '$1:…@');
