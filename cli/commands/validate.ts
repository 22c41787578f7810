import { UserError } from '../../lib/userError';
import { type LabContext, openLab } from '../context';
import { checkImageFiles } from '../imageFiles';

/**
 * `dcn validate [FILE…]`: checks lab files, and the files of images that they name. Contacts no host and writes nothing.
 *
 * @param labs paths or prefixes of lab files
 * @throws UserError with all faults of all files
 */
export function validate(labs: string[]): void {
  const faults: string[] = [];
  for (const lab of labs) {
    try {
      const context = openLab(lab);
      checkImageFiles(context);
      process.stdout.write(`${okText(context)}\n`);
    } catch (error) {
      if (!(error instanceof UserError)) {
        throw error;
      }
      faults.push(labs.length > 1 ? `${lab}: ${error.message}` : error.message);
    }
  }
  if (faults.length > 0) {
    throw new UserError(faults.join('\n'));
  }
}

function okText({ file, lab, plan }: LabContext): string {
  const nodes = plan.sites.reduce((sum, site) => sum + site.nodes.length, 0);
  const counts = [
    counted(plan.sites.length, 'site'),
    counted(nodes, 'node'),
    counted(plan.images.length, 'image'),
  ];
  return `${file}: ok, lab ${lab.name} of provisioner ${lab.provisioner}, topology ${lab.topology}: ${counts.join(', ')}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
