/** A user-fixable error: the command line prints its message alone, without a stack. */
export class UserError extends Error {
  /** @param exitCode exit code of the command line */
  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message);
  }
}

/** Text of an error for people: the message of a UserError, the stack of any other error. */
export function errorText(error: unknown): string {
  if (error instanceof Error && !(error instanceof UserError)) {
    return error.stack ?? error.message;
  }
  return error instanceof Error ? error.message : String(error);
}
