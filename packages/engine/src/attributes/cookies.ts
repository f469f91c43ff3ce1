/**
 * The Cookie header, as ModSecurity reads version 0 cookies: split on `;`, blanks before the name dropped, nothing
 * decoded, nothing else trimmed. A pair without `=` is a name with an empty value.
 *
 * ModSecurity leaves out a pair without a name (`=value`). Some workloads hand its value on, under the empty name (so does
 * Node's `cookie` package), and left out it would be hidden from every rule for cookies: it is kept, as Coraza does.
 */

const LEADING_BLANKS = /^[ \t\r\n\v\f]+/;

/** Calls `emit` for each cookie of one header value, in wire order, duplicates kept. */
export function parseCookies(header: string, emit: (name: string, value: string) => void): void {
  for (let start = 0; start <= header.length; ) {
    const found = header.indexOf(';', start);
    const end = found < 0 ? header.length : found;
    const pair = header.slice(start, end).replace(LEADING_BLANKS, '');
    start = end + 1;
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    const value = equals < 0 ? '' : pair.slice(equals + 1);
    if (name !== '' || value !== '') emit(name, value);
  }
}
