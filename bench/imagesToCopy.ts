import type { LabUnderTest } from '../test/sandbox/labUnderTest';

/**
 * Writes `half`, in which 16 MiB of random data and 16 MiB of zeros take turns; `next`, the same with 1 % of it changed in ten places; and
 * `system`, half of which are files of the undercloud's operating system, and the other half zeros. Argument: MiB.
 */
const program = `
import os, subprocess, sys
mib = 1 << 20
size = int(sys.argv[1]) * mib
step = 16 * mib
with open("half.raw", "wb") as half, open("next.raw", "wb") as other:
    for start in range(0, size, 2 * step):
        for _ in range(min(step, size - start) // mib):
            data = os.urandom(mib)
            half.write(data)
            other.write(data)
        for file in (half, other):
            file.seek(start + 2 * step)
    piece = size // 1000
    for number in range(10):
        # On a page, as files change; in data, not in zeros.
        other.seek(number * (size // 10) // (2 * step) * 2 * step + (number + 1) * mib + 4096)
        other.write(os.urandom(piece))
    half.truncate(size)
    other.truncate(size)
with open("system.raw", "wb") as system:
    tar = subprocess.Popen(["tar", "-C", "/", "-cf", "-", "usr", "opt"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    left = size // 2
    while left:
        data = tar.stdout.read(min(mib, left))
        if not data:
            sys.exit(f"the operating system has {left} bytes less than the image needs")
        system.write(data)
        left -= len(data)
    tar.kill()
    system.truncate(size)
`;

/** Puts the images into Glance's store of the control plane. @param mib their size, at least 64 */
export async function makeImages(lab: LabUnderTest, mib: number): Promise<void> {
  await lab.onUndercloud(`mkdir -p ~/bench && cd ~/bench && python3 - ${mib}`, program);
  const create = 'openstack image create --disk-format raw --container-format bare -f value -c id --file';
  const images = ['half', 'next', 'system'].map((name) => `${create} ${name}.raw ${name}`);
  await lab.onUndercloud(`. ~/control-planerc; cd ~/bench && ${images.join(' && ')} && rm -r ~/bench`);
}
