/** The requests of a profile: as `sluice inspect` and `sluice bench` take them, and as many as are given. */
import { type CurlFlags, requestFromFlags } from '../inspect/curl.ts';
import { requestsFromHar } from '../inspect/har.ts';
import { filesOf, readInput } from '../inspect/input.ts';
import { requestFromRaw } from '../inspect/raw.ts';
import { type InspectedRequest, makeRequest, type RequestParts } from '../inspect/request.ts';
import { RulesProfileError } from './errors.ts';

export interface RequestFlags extends CurlFlags {
  readonly raw?: readonly string[];
  readonly har?: readonly string[];
  readonly client: string;
}

/** @throws RulesProfileError PROFILE_NO_REQUEST, InspectError with the place of what is wrong in a file */
export function readRequests(url: string | undefined, flags: RequestFlags): readonly InspectedRequest[] {
  const { har = [], raw = [], client } = flags;
  const parts: readonly RequestParts[] = [
    ...(url === undefined ? [] : [requestFromFlags(url, flags, readInput)]),
    ...har.flatMap((path) => someOf(path, requestsFromHar(path, readInput(path)))),
    ...raw.flatMap((path) =>
      someOf(
        path,
        filesOf(path).map((file) => requestFromRaw(file, readInput(file))),
      ),
    ),
  ];
  if (parts.length === 0)
    throw new RulesProfileError('PROFILE_NO_REQUEST', { reason: 'there is no request to profile' });
  return parts.map((each, index) => makeRequest(each, { id: `profile-${index + 1}`, client }));
}

function someOf(path: string, parts: readonly RequestParts[]): readonly RequestParts[] {
  if (parts.length > 0) return parts;
  throw new RulesProfileError('PROFILE_NO_REQUEST', { reason: `${path} has no requests` });
}
