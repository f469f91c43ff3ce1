/** The pages that the console's menu leads to, read from its source: name and address. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const APP = join(import.meta.dirname, '../../packages/console/web/src/app.tsx');

export const consolePages = (): readonly (readonly [name: string, path: string])[] =>
  [...readFileSync(APP, 'utf8').matchAll(/\{ href: '\/([\w-]+)',/g)].map(([, name = '']) => [
    name,
    `/${name}`,
  ]);
