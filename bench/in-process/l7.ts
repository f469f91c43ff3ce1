/** What the L7 view costs a request: node bench/main.ts l7 [--seconds N] [--only NAME] [--json] */
import { Groups, type L7Request } from '../../packages/server/src/l7/groups.ts';
import { DEFAULT_L7 } from '../../packages/server/src/l7/limits.ts';
import { runSubjects, type Subject, VALUES } from './subjects.ts';

const REQUEST: L7Request = {
  policy: 'default',
  address: '10.0.0.1',
  port: 8080,
  route: 'shop',
  client: '192.0.2.1',
  isDirect: true,
  method: 'GET',
  target: '/',
  status: 200,
  isBlocked: false,
  wouldBlock: false,
  isUninspectable: false,
  isUnjudged: false,
  requestBytes: 100,
  responseBytes: 5_000,
  latencyMicros: 1_500.5,
  inspectionMicros: 250.25,
};

const PAGES = ['/', '/cart', '/api/v1/products', '/api/v1/search?q=shoes&page=2', '/static/js/app.js'];

const counted = (name: string, requestAt: (index: number) => Partial<L7Request>): Subject => {
  const groups = new Groups(DEFAULT_L7, () => 0);
  const values = Array.from({ length: VALUES * 64 }, (_, index) => ({ ...REQUEST, ...requestAt(index) }));
  let at = 0;
  return {
    name,
    bytes: values.reduce((sum, { target }) => sum + target.length, 0) / values.length,
    run: () => {
      groups.add(values[at] ?? REQUEST);
      at = at + 1 === values.length ? 0 : at + 1;
    },
  };
};

const subjects = (): readonly Subject[] => [
  counted('a hundred clients, five pages', (index) => ({
    client: `192.0.2.${index % 100}`,
    target: PAGES[index % PAGES.length] ?? '/',
  })),
  counted('a hundred clients, ids in paths', (index) => ({
    client: `192.0.2.${index % 100}`,
    target: `/users/${index}/orders/${index * 7}?x=${index}`,
  })),
  counted('a scan by ten thousand clients', (index) => ({
    client: `10.1.${Math.floor(index / 250) % 40}.${index % 250}`,
    target: `/${index.toString(36)}/${(index * 31).toString(36)}.php`,
    port: 8_000 + (index % 10),
  })),
];

export const runL7 = (args: readonly string[]): Promise<number> => runSubjects('l7', subjects, args);
