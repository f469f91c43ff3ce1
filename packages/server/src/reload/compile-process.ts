/**
 * The process that compiles what a reload needs into the cache, before anything of it comes into the server: a pattern can
 * take any time and memory, and a library written in C++ may die of one. What is left is files.
 */
import { readFileSync } from 'node:fs';
import { Engine } from '@sluice/engine';
import { buildGeneration } from '../rule-sets.ts';
import type { BuildRequest, CompileAnswer } from './messages.ts';
import { refusalOf } from './refusal.ts';

function compile(): CompileAnswer {
  try {
    const request = JSON.parse(readFileSync(0, 'utf8')) as BuildRequest;
    const engine = new Engine({ cacheDirectory: request.cacheDirectory });
    buildGeneration({ ...request, engine });
    return { kind: 'compiled' };
  } catch (error) {
    return refusalOf(error);
  }
}

process.stdout.write(JSON.stringify(compile()));
