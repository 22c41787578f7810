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

/** Codes of the operating system's errors that a user can mend. */
const mendable = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'];

/**
 * Text of an error for people: the message of a UserError, that of a refusal by the operating system with a remedy, the
 * stack of any other error.
 */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  if (error instanceof UserError) {
    return error.message;
  }
  if ('code' in error && mendable.includes(String(error.code))) {
    return `${error.message}. Check your permissions and the free space there; docs/install.md names the folders of ./dcn.`;
  }
  return error.stack ?? error.message;
}
