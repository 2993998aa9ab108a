/** An answer with a status ≥ 400, in PVE's own words. */
export class ApiError extends Error {
  readonly status: number;
  /** Parameter name → what is wrong with it. */
  readonly fields: Readonly<Record<string, string>> | undefined;

  constructor(status: number, message: string, fields?: Readonly<Record<string, string>>) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.fields = fields;
  }
}

/** Why a task fails: its exit status and the last line of its log. */
export class TaskFailure extends Error {}

/** 500 with PVE's reason. */
export function failure(reason: string): ApiError {
  return new ApiError(500, `${reason}\n`);
}

/** 400 with one text for each wrong parameter. */
export function wrongParameters(fields: Readonly<Record<string, string>>): ApiError {
  return new ApiError(400, 'Parameter verification failed.\n', fields);
}

/** 403 naming the path and what is missing there. */
export function permissionDenied(path: string, privileges: readonly string[]): ApiError {
  return new ApiError(403, `Permission check failed (${path}, ${privileges.join('|')})\n`);
}

/** 501 for a path or verb that does not exist. PVE ends this one message without a line break. */
export function notImplemented(method: string, path: string): ApiError {
  return new ApiError(501, `Method '${method} ${path}' not implemented`);
}
