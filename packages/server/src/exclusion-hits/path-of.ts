/** The path of a request as it was sent: what exclusions with paths are compared with. */
export function pathOf(uri: string): string {
  const end = uri.search(/[?#]/);
  return end < 0 ? uri : uri.slice(0, end);
}
