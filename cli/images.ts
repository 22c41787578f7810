import Table from 'cli-table3';
import { openLab, storesNamed } from './context';
import { withKit } from './undercloud';

/** An image as the kit lists it (`kit images list --json`). */
interface ListedImage {
  name: string;
  id: string;
  status: string;
  diskFormat: string;
  size: number;
  stores: string[];
  importing: string[];
  failed: string[];
}

const toStderr = (line: string): void => void process.stderr.write(`${line}\n`);

/** `dcn images [--json]`: every image of the lab and the stores that hold it. */
export async function listImages(option: string, asJson: boolean): Promise<void> {
  const images = await withKit(openLab(option), (kit) =>
    kit.json<ListedImage[]>(['images', 'list', '--json']),
  );
  if (asJson) {
    process.stdout.write(`${JSON.stringify(images, null, 2)}\n`);
    return;
  }
  const table = new Table({
    head: ['image', 'status', 'format', 'MiB', 'stores', 'on its way to', 'failed at', 'id'],
    style: { head: [], border: [] },
  });
  for (const image of images) {
    table.push([
      image.name,
      image.status,
      image.diskFormat,
      (image.size / 2 ** 20).toFixed(0),
      image.stores.join(', '),
      image.importing.join(', '),
      image.failed.join(', '),
      image.id,
    ]);
  }
  process.stdout.write(`${table.toString()}\n`);
}

/** `dcn images copy NAME… --to SITE…`. */
export async function copyImages(option: string, names: string[], sites: string[]): Promise<void> {
  const context = openLab(option);
  const stores = storesNamed(context.plan, sites);
  await withKit(context, (kit) =>
    kit.run(['images', 'copy', ...names, '--to', ...stores], { onLine: toStderr }),
  );
}

/** `dcn images remove NAME… --from SITE…`. */
export async function removeImages(option: string, names: string[], sites: string[]): Promise<void> {
  const context = openLab(option);
  const stores = storesNamed(context.plan, sites);
  await withKit(context, (kit) =>
    kit.run(['images', 'remove', ...names, '--from', ...stores], { onLine: toStderr }),
  );
}

/** `dcn images verify [NAME…]`: reads every copy back at its site and compares its checksum with Glance's. */
export async function verifyImages(option: string, names: string[]): Promise<void> {
  const context = openLab(option);
  const wanted = names.length > 0 ? names : context.plan.images.map((image) => image.name);
  process.stdout.write(
    await withKit(context, (kit) => kit.run(['images', 'verify', ...wanted], { onLine: toStderr })),
  );
}
