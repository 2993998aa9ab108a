/** An answer with a status ≥ 400, in PVE's own words. */
export class ApiError extends Error {
  readonly status: number;
  /** Parameter name → what is wrong with it. */
  readonly fields: Readonly<Record<string, string>> | undefined;
  /** How long it takes PVE to find out, milliseconds of cluster time. */
  readonly takes: number;

  constructor(status: number, message: string, fields?: Readonly<Record<string, string>>, takes = 0) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.fields = fields;
    this.takes = takes;
  }
}

/** Why a task fails: its exit status and the last line of its log. */
export class TaskFailure extends Error {}

/** 500 with PVE's reason. @param takes milliseconds of cluster time */
export function failure(reason: string, takes = 0): ApiError {
  return new ApiError(500, `${reason}\n`, undefined, takes);
}

/** 400 with one text for each wrong parameter. */
export function wrongParameters(fields: Readonly<Record<string, string>>): ApiError {
  return new ApiError(400, 'Parameter verification failed.\n', fields);
}

/** 403 naming the path and what is missing there. */
export function permissionDenied(path: string, privileges: readonly string[]): ApiError {
  const missing = [path, ...(privileges.length === 0 ? [] : [privileges.join('|')])].join(', ');
  return new ApiError(403, `Permission check failed (${missing})\n`);
}

/** 501 for a path or verb that does not exist. PVE ends this one message without a line break. */
export function notImplemented(method: string, path: string): ApiError {
  return new ApiError(501, `Method '${method} ${path}' not implemented`);
}

/** 403 of what an API token cannot do at all. */
export function ticketNeeded(path: string): ApiError {
  const why = `URI '${path}' not available with API token, need proper ticket.`;
  return new ApiError(403, `Permission check failed (${why}\n)\n`);
}

/** 595: the node to which the call would be passed on cannot be reached. The answer has no body. */
export function unreachable(): ApiError {
  return new ApiError(595, 'No route to host');
}
