import { openLab, toStderr } from '../context';
import { pulumiEnvironment } from '../run/pulumi';
import { quote } from '../../lib/quote';

/**
 * `dcn env`: prints lines for `eval`, after which plain `pulumi` works on the lab's stacks. Values that the shell has
 * already are left out: a backend's URL may contain a password.
 */
export async function printEnvironment(option: string): Promise<void> {
  const { lab } = openLab(option);
  const { PATH, ...others } = await pulumiEnvironment(lab, toStderr);
  process.stdout.write(`export PATH=${quote(PATH.slice(0, -(process.env.PATH ?? '').length))}"$PATH"\n`);
  for (const [key, value] of Object.entries(others)) {
    if (process.env[key] !== value) {
      process.stdout.write(`export ${key}=${quote(String(value))}\n`);
    }
  }
}
