/** What writing needs of an API server. */

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query, already encoded. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default: application/json. */
  readonly contentType?: string;
  /** After which it counts as unanswered; it may have been done nevertheless. */
  readonly timeoutMillis: number;
  readonly signal?: AbortSignal;
}

export interface ApiAnswer {
  readonly status: number;
  /** Parsed JSON; a text where it is none. */
  readonly body: unknown;
  /** Of the header Retry-After; null where there is none. */
  readonly retryAfterMillis: number | null;
}

export interface Api {
  /** Resolves with any status. @throws ControllerError KUBERNETES_UNREACHABLE where no whole answer came in time */
  send(request: ApiRequest): Promise<ApiAnswer>;
}

/** metav1.Status, as far as it is read. */
export interface StatusBody {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly causes?: readonly {
      readonly reason?: string;
      readonly message?: string;
      readonly field?: string;
    }[];
  };
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const statusBody = ({ body }: ApiAnswer): StatusBody => (isObject(body) ? body : {});

export const isSuccess = ({ status }: ApiAnswer): boolean => status >= 200 && status < 300;
