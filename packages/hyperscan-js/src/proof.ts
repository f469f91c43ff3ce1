/**
 * What a passed self-test holds for, so that whoever keeps things for later processes can keep that, too: the proof takes
 * as long as loading databases for thousands of patterns.
 */
import { native, unprovenNative } from './binding.ts';
import { SELF_TEST_REVISION } from './self-test.ts';
import { checked } from './status.ts';

/**
 * Which build of the library runs on which CPU, in this version of the self-test's words: what another process calls the same
 * is the same code, and chooses the same ways through it. Null where the library has no build ID. Proves nothing.
 * @throws HyperscanError HS_BINDING_MISSING, HS_BINDING_UNUSABLE, HS_CPU_UNSUPPORTED
 */
export function libraryBuild(): string | null {
  const build = checked(unprovenNative().libraryBuild(), 'libraryBuild');
  return build === '' ? null : `${SELF_TEST_REVISION} ${build}`;
}

/**
 * As `libraryBuild`, and that it has passed the self-test, in this process or in one whose word `trustBuild` took.
 * @throws HyperscanError as `libraryBuild`; HS_UNSOUND
 */
export function provenBuild(): string | null {
  native();
  return libraryBuild();
}

/**
 * Takes an earlier process's word that the library has passed the self-test, which this process then leaves out.
 * @param build what `provenBuild` answered there, from where none but this user can have written it
 * @returns whether it is the build and the CPU at hand; nothing is trusted where it is not
 * @throws HyperscanError as `libraryBuild`
 */
export function trustBuild(build: string): boolean {
  const isSame = build === libraryBuild();
  if (isSame) unprovenNative().setProven();
  return isSame;
}
