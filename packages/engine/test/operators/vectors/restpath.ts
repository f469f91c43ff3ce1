/** Vectors of @restpath: what matches. What its names tell of a path is a matter of rules (ARGS_PATH). */
import type { OperatorVectors } from '../vector.ts';

const POSTS = '/users/{id}/posts/{post}';

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source:
        'Coraza, "restpath": a name takes what is neither a slash nor a question mark, and at least one byte',
      cases: [
        [POSTS, '/users/7/posts/9', true],
        [POSTS, '/users/%2e%2e/posts/a.b', true],
        [POSTS, '/users//posts/9', false],
        [POSTS, '/users/7/posts/', false],
        [POSTS, '/users/7/8/posts/9', false],
        [POSTS, '/users/7?/posts/9', false],
        [POSTS, '/users/7/posts?/9', false],
        [POSTS, '/USERS/7/POSTS/9', false],
        [POSTS, '', false],
        [POSTS, '/users/\x00/posts/\xff', true],
        [POSTS, '/users/a\nb/posts/9', true],
        [POSTS, '/users\x00/7/posts/9', false],
        ['/{_}', '/a', true],
        ['/{a1_B}', '/a', true],
      ],
    },
    {
      source: 'Coraza, "restpath": the form is a pattern, found anywhere in the value unless it is anchored',
      cases: [
        [POSTS, '/v1/users/7/posts/9/edit?x=1', true],
        ['^/users/{id}$', '/users/7', true],
        ['^/users/{id}$', '/v1/users/7', false],
        ['^/users/{id}$', '/users/7/8', false],
        ['/v[0-9]/{id}', '/v2/7', true],
        ['/v[0-9]/{id}', '/vx/7', false],
        ['/(a|b)/{id}', '/b/7', true],
        ['/(a|b)/{id}', '/c/7', false],
        ['/a{2}/{id}', '/aa/7', true],
        ['/a{2}/{id}', '/a/7', false],
        ['/\\{id\\}', '/{id}', true],
        ['/\\{id\\}', '/7', false],
        ['/users', '/users', true],
      ],
    },
  ],
  refused: [
    '/{}',
    '/{1a}',
    '/{a-b}',
    '/{a',
    '/{a}/{a}',
    '/(?P<a>b)/{c}',
    '/(?<a>b)',
    '/{a}/(',
    Array.from({ length: 10 }, (_, index) => `/{a${index}}`).join(''),
  ],
};
