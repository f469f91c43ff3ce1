/** The story's requests as a HAR file (HTTP Archive 1.2): for sluice inspect --har and sluice bench --har. */
import { writeFileSync } from 'node:fs';
import { browserHeaders } from './client.ts';
import { DemoError } from './errors.ts';

/** @throws DemoError DEMO_OPTION where the file cannot be written */
export function writeHar(file: string, port: number, paths: readonly string[]): void {
  const entries = paths.map((path) => ({
    startedDateTime: new Date().toISOString(),
    time: 0,
    request: {
      method: 'GET',
      url: `http://localhost:${port}${path}`,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: Object.entries(browserHeaders(port)).map(([name, value]) => ({ name, value })),
      queryString: [],
      headersSize: -1,
      bodySize: 0,
    },
    cache: {},
    timings: { send: 0, wait: 0, receive: 0 },
  }));
  const har = { log: { version: '1.2', creator: { name: 'sluice demo', version: '1' }, entries } };
  try {
    writeFileSync(file, `${JSON.stringify(har, null, 2)}\n`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DemoError('DEMO_OPTION', { option: '--har', reason }, error);
  }
}
