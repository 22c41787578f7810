import { table } from '../../lib/table';
import { verbs } from '../../kit/verbs';
import { openLab, imageLocations, toStderr } from '../context';
import { withKit } from '../undercloud';

/** `dcn images [--json]`: prints every image of the lab with the stores, or the nodes' caches, that hold it. */
export async function listImages(option: string, asJson: boolean): Promise<void> {
  const images = await withKit(openLab(option), (kit) => kit.ask(verbs.images.list, { onLine: toStderr }));
  if (asJson) {
    process.stdout.write(`${JSON.stringify(images, null, 2)}\n`);
    return;
  }
  const hasCaches = images.some((image) => image.cached);
  const columns = hasCaches
    ? ['store', 'in the caches of', 'queued at']
    : ['stores', 'on its way to', 'failed at'];
  const rows = images.map((image) => {
    const { stores, importing, failed, cached = importing, queued = failed } = image;
    return [
      image.name,
      image.status,
      image.diskFormat,
      (image.size / 2 ** 20).toFixed(0),
      ...[stores, cached, queued].map((names) => names.join(', ')),
      image.id,
    ];
  });
  process.stdout.write(`${table(['image', 'status', 'format', 'MiB', ...columns, 'id'], rows)}\n`);
}

/** `dcn images copy NAME… --to SITE…`. */
export async function copyImages(option: string, names: string[], sites: string[]): Promise<void> {
  const context = openLab(option);
  const locations = imageLocations(context, sites);
  await withKit(context, (kit) => kit.text(verbs.images.copy(names, locations), { onLine: toStderr }));
}

/** `dcn images remove NAME… --from SITE…`. */
export async function removeImages(option: string, names: string[], sites: string[]): Promise<void> {
  const context = openLab(option);
  const locations = imageLocations(context, sites);
  await withKit(context, (kit) => kit.text(verbs.images.remove(names, locations), { onLine: toStderr }));
}

/** `dcn images verify [NAME…]`: reads every copy back at its site and compares its checksum with Glance's. */
export async function verifyImages(option: string, names: string[]): Promise<void> {
  const context = openLab(option);
  const wanted = names.length > 0 ? names : context.plan.images.map((image) => image.name);
  process.stdout.write(
    await withKit(context, (kit) => kit.text(verbs.images.verify(wanted), { onLine: toStderr })),
  );
}
