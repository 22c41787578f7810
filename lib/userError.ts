/** A user-fixable error: the command line prints its message alone, without a stack. */
export class UserError extends Error {
  /** @param exitCode what the command line exits with */
  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message);
  }
}

/** What people read of an error: the message of a user-fixable one, of any other one the stack as well. */
export function errorText(error: unknown): string {
  if (error instanceof Error && !(error instanceof UserError)) {
    return error.stack ?? error.message;
  }
  return error instanceof Error ? error.message : String(error);
}
