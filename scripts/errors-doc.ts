/** Writes docs/errors.md from the tables of coded errors. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './tidy.ts';
import { ERRORS_DOCUMENT, errorsDocument } from './tidy-errors.ts';
import { parseTree, readTree } from './tidy-source.ts';

writeFileSync(join(repositoryRoot, ERRORS_DOCUMENT), errorsDocument(parseTree(readTree(repositoryRoot))));
