import type { Blocker, Problem } from './types.ts';

/** What the server answered instead of what was asked for (RFC 9457), or that it did not answer. */
export class ApiError extends Error {
  readonly problem: Partial<Problem> & Pick<Problem, 'title' | 'status' | 'code'>;
  readonly retryAfter: number | null;

  constructor(problem: ApiError['problem'], retryAfter: number | null = null) {
    super(problem.detail || problem.title);
    this.name = 'ApiError';
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  get status() {
    return this.problem.status;
  }
  get code() {
    return this.problem.code;
  }
  get requestId() {
    return this.problem.request_id;
  }
  get blockers(): Blocker[] {
    return this.problem.blockers ?? [];
  }
  /** Nothing came back, or only a gateway's answer: trying again may help. */
  get unreachable() {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

export const isApiError = (error: unknown, status?: number): error is ApiError =>
  error instanceof ApiError && (status === undefined || error.status === status);

/** The answer's problem; a proxy's error page has none, so one is made from its status. */
export async function problemOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const retryAfter = Number(response.headers.get('retry-after')) || null;
  if (body && typeof body === 'object' && 'code' in body) {
    return new ApiError(body as Problem, retryAfter);
  }
  return new ApiError(
    {
      title: response.statusText || String(response.status),
      status: response.status,
      code: 'unexpected',
      request_id: response.headers.get('x-request-id') ?? undefined,
    },
    retryAfter,
  );
}

export const unreachable = () => new ApiError({ title: '', status: 0, code: 'unreachable' });
