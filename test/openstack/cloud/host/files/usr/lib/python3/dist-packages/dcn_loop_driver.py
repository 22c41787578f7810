"""A driver of Cinder whose volumes are local block devices: loop devices over the files of its NFS driver.

libvirt attaches only block devices to containers, and Nova passes connections of the type `local` to libvirt.
"""

from cinder import interface, utils
from cinder.volume.drivers import nfs


@interface.volumedriver
class LoopDriver(nfs.NfsDriver):
    """Volumes as loop devices of this host."""

    def _devices(self, volume):
        listed, _ = self._execute(
            "losetup", "--noheadings", "--output", "NAME", "--associated", self.local_path(volume)
        )
        return listed.split()

    @utils.synchronized("dcn-loop", external=True)
    def initialize_connection(self, volume, connector):
        super().initialize_connection(volume, connector)
        devices = self._devices(volume)
        if not devices:
            created, _ = self._execute("losetup", "--find", "--show", self.local_path(volume))
            devices = created.split()
        return {
            "driver_volume_type": "local",
            "data": {"device_path": devices[0], "volume_id": volume.id},
        }

    @utils.synchronized("dcn-loop", external=True)
    def terminate_connection(self, volume, connector, **kwargs):
        for device in self._devices(volume):
            self._execute("losetup", "--detach", device)
