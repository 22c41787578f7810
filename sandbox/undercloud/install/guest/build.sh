#!/bin/bash
# Builds the guest image of the examples: a small raw disk with the distribution's kernel, busybox and dropbear, which a BIOS
# boots and which runs from memory. Runs as root in the chroot of a layer, with apt configured.
# usage: build.sh IMAGE
set -euo pipefail
image=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

kernel=$(apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: //p' | head -1)
apt-get -q download "$kernel" busybox-static dropbear-bin libtomcrypt1 libtommath1 syslinux syslinux-common mtools
for package in *.deb; do dpkg-deb --extract "$package" from; done
release=$(basename from/lib/modules/*)

# drivers for any server of Nova: disks by virtio, SATA or IDE, the config drive as a CD or a disk
modules=(virtio_pci virtio_blk virtio_net virtio_rng virtio_scsi ahci ata_piix sr_mod isofs vfat nls_ascii nls_cp437 button evdev)
busybox=$work/from/bin/busybox
"$busybox" depmod -b from "$release"
for module in "${modules[@]}"; do
  # a module and its dependencies; a driver that is built into the kernel has no line
  sed -n "s|^\(.*/$module\.ko\):|\1|p" "from/lib/modules/$release/modules.dep"
done | tr ' ' '\n' | sort -u | while read -r file; do
  install -D -m 0644 "from/lib/modules/$release/$file" "root/lib/modules/$release/$file"
done
"$busybox" depmod -b root "$release"

mkdir -p root/{bin,sbin,etc/dropbear,etc/acpi/PWRF,dev,proc,sys,run,tmp,root,config,disk,usr/bin,usr/sbin,var/log}
for applet in $("$busybox" --list); do ln -s /bin/busybox "root/bin/$applet"; done
cp --remove-destination "$busybox" root/bin/
ln -s /bin/busybox root/init
cp from/usr/sbin/dropbear from/usr/bin/dropbearkey root/usr/sbin/
LD_LIBRARY_PATH=$work/from/usr/lib/x86_64-linux-gnu ldd from/usr/sbin/dropbear from/usr/bin/dropbearkey |
  sed -n 's/^.*[ \t]\(\/[^ ]*\) (0x.*/\1/p' | sort -u | while read -r library; do
    install -D -m 0755 "$library" "root/${library#"$work/from"}"
  done
cp "$here/inittab" root/etc/
cp "$here/rc" "$here/dhcp" root/etc/
printf '#!/bin/sh\nexec poweroff\n' >root/etc/acpi/PWRF/00000080
chmod 755 root/etc/{rc,dhcp,acpi/PWRF/00000080}
echo 'root::0:0:root:/root:/bin/sh' >root/etc/passwd
echo 'root:x:0:' >root/etc/group
echo /bin/sh >root/etc/shells
(cd root && find . | "$busybox" cpio -o -H newc 2>/dev/null) | gzip -9 >initrd

# one FAT file system from the first sector on: the BIOS starts its boot sector
export PATH=$work/from/usr/bin:$PATH MTOOLS_SKIP_CHECK=1
truncate --size 16M disk
mformat -i disk -v GUEST -h 64 -s 32 -T 32768 ::
mcopy -i disk "from/boot/vmlinuz-$release" ::vmlinuz
mcopy -i disk initrd ::initrd
mcopy -i disk "$here/syslinux.cfg" ::syslinux.cfg
syslinux --install disk
install -D -m 0644 disk "$image"
