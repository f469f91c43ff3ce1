/** Vectors of t:normalizePath. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source:
        'reference manual, "normalizePath": runs of slashes, self references and back references go away',
      cases: [
        ['', ''],
        ['/', '/'],
        ['a', 'a'],
        ['.a', '.a'],
        ['//', '/'],
        ['///', '/'],
        ['/dir/foo//bar', '/dir/foo/bar'],
        ['dir/foo//bar/', 'dir/foo/bar/'],
        ['/etc/./passwd', '/etc/passwd'],
        ['/a/././b', '/a/b'],
        ['/a/b/../c', '/a/c'],
        ['/a/b/../../c', '/c'],
        ['dir/../foo', 'foo'],
        ['a/b/c/../../../d', 'd'],
        ['./a', 'a'],
        ['a/.', 'a'],
        ['a/./', 'a/'],
        ['.', ''],
        ['./', ''],
        ['/.', '/'],
        ['/./', '/'],
        ['a/..', ''],
        ['a/../', ''],
        [`${'/a'.repeat(20_000)}${'/..'.repeat(20_000)}/b`, '/b'],
      ],
    },
    {
      source:
        'reference manual, "normalizePath" ("except those at the beginning of the input"); RFC 3986 §5.2.4 at the root',
      cases: [
        ['..', '..'],
        ['../', '../'],
        ['../..', '../..'],
        ['../a', '../a'],
        ['dir/../../foo', '../foo'],
        ['dir/./.././../../foo/bar', '../../foo/bar'],
        ['dir/./.././../../foo/bar/.', '../../foo/bar'],
        ['dir/./.././../../foo/bar/./', '../../foo/bar/'],
        ['dir/./.././../../foo/bar/..', '../../foo'],
        ['/..', '/'],
        ['/../', '/'],
        ['/../../etc/passwd', '/etc/passwd'],
        ['/dir/./.././../../foo/bar', '/foo/bar'],
        ['/a/b/../../..', '/'],
        ['/a/b/../../../', '/'],
        ['//../x', '/x'],
      ],
    },
    {
      source: 'a segment is . or .. only where it is nothing else',
      cases: [
        ['...', '...'],
        ['/foo/...', '/foo/...'],
        ['/.../x', '/.../x'],
        ['/.hidden/..x', '/.hidden/..x'],
        ['/a../b', '/a../b'],
        ['/a./b', '/a./b'],
        ['/a/.. /b', '/a/.. /b'],
        ['/a/%2e%2e/b', '/a/%2e%2e/b'],
        ['/a/\x00/../b', '/a/b'],
        ['/a/..\x00/b', '/a/..\x00/b'],
        ['\xff//\xfe/./\x80', '\xff/\xfe/\x80'],
      ],
    },
    {
      source: 'reference manual, "normalizePath": backslashes belong to "normalizePathWin"',
      cases: [
        ['a\\b\\..\\c', 'a\\b\\..\\c'],
        ['\\', '\\'],
        ['a\\..', 'a\\..'],
        ['/a\\../b', '/a\\../b'],
      ],
    },
  ],
};
