/**
 * The Cookie header, as ModSecurity reads version 0 cookies: split on `;`, blanks before the name dropped, nothing
 * decoded, nothing else trimmed. A pair without `=` is a name with an empty value.
 *
 * ModSecurity leaves out a pair without a name (`=value`). Some workloads hand its value on, under the empty name (so does
 * Node's `cookie` package), and left out it would be hidden from every rule for cookies: it is kept, as Coraza does.
 */

/** Blank, or one of `\t\n\v\f\r`, whose bytes follow each other. */
const isBlank = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

/** Calls `emit` for each cookie of one header value, in wire order, duplicates kept. */
export function parseCookies(header: string, emit: (name: string, value: string) => void): void {
  for (let start = 0; start <= header.length; ) {
    const found = header.indexOf(';', start);
    const end = found < 0 ? header.length : found;
    while (start < end && isBlank(header.charCodeAt(start))) start++;
    const equals = header.slice(start, end).indexOf('=');
    const name = header.slice(start, equals < 0 ? end : start + equals);
    const value = equals < 0 ? '' : header.slice(start + equals + 1, end);
    start = end + 1;
    if (name !== '' || value !== '') emit(name, value);
  }
}
