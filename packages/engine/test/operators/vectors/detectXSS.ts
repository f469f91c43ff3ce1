/** Vectors of @detectXSS. */
import type { OperatorVectors } from '../vector.ts';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source: 'reference manual, "detectXSS"; libinjection, contexts of HTML5: the value is TX.0',
      cases: [
        ['', '<script>', ['<script>']],
        ['', '<script>alert(1)</script>', ['<script>alert(1)</script>']],
        ['', '<SCRIPT', ['<SCRIPT']],
        ['', '<img src=x onerror=alert(1)>', ['<img src=x onerror=alert(1)>']],
        ['', '" onmouseover="alert(1)', ['" onmouseover="alert(1)']],
        ['', '<a href="javascript:alert(1)">', ['<a href="javascript:alert(1)">']],
        ['', '<svg onload=alert(1)>', ['<svg onload=alert(1)>']],
        ['', '<!--[if IE]>', ['<!--[if IE]>']],
        ['', 'onerror=alert(1)', ['onerror=alert(1)']],
        ['', '<iframe>', ['<iframe>']],
      ],
    },
    {
      source: 'libinjection: what is no XSS',
      cases: [
        ['', '', false],
        ['', 'a', false],
        ['', '<', false],
        ['', '<>', false],
        ['', '<b>bold</b>', false],
        ['', 'a < b', false],
        ['', 'harmless', false],
        ['', '\x00', false],
        ['', '\xff<', false],
        ['', 'onerror', false],
        ['', '<!--[if', false],
        ['', '<'.repeat(70_000), false],
      ],
    },
  ],
};
