/** Parameters of the address as they were written. wouter decodes them once more: of a query with `%41` it would make one with `A`. */
import { useCallback, useMemo } from 'react';
import { navigate, useSearch } from 'wouter/use-browser-location';

export type ChangeParams = (change: (former: URLSearchParams) => URLSearchParams) => void;

export function useSearchParams(): readonly [URLSearchParams, ChangeParams] {
  const search = useSearch();
  const params = useMemo(() => new URLSearchParams(search), [search]);
  const change = useCallback<ChangeParams>((changed) => {
    const next = changed(new URLSearchParams(window.location.search)).toString();
    navigate(window.location.pathname + (next === '' ? '' : `?${next}`));
  }, []);
  return [params, change];
}
