import { openLab } from './context';
import { pulumiEnvironment } from './pulumi';
import { quote } from '../components/shell';

/** `dcn env`: lines for `eval` after which plain `pulumi` works on the lab's stacks. */
export async function printEnvironment(option: string): Promise<void> {
  const { name } = openLab(option);
  const environment = await pulumiEnvironment(name, (line) => process.stderr.write(`${line}\n`));
  for (const [key, value] of Object.entries(environment)) {
    process.stdout.write(`export ${key}=${quote(String(value))}\n`);
  }
}
