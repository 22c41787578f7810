import { UserError } from '../lib/userError';

/**
 * An error whose remedy is a command of `./dcn` for the same lab. The sandbox does not know how the user names the lab: the command line
 * completes the message.
 */
export class SandboxError extends UserError {
  /** @param text the message; `dcn` is how the user calls `./dcn` for the lab */
  constructor(readonly text: (dcn: string) => string) {
    super(text('./dcn'));
  }
}
