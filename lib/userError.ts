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
