#!/bin/busybox sh
# First program of the diskless guest: goes over to the root file system on the AoE disk that the
# kernel's command line names by root=.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for word in $(cat /proc/cmdline); do case $word in root=*) root=${word#root=} ;; esac done
for module in virtio_pci virtio_net ext4 crc32c_generic; do modprobe $module; done
ip link set eth0 up
modprobe aoe
while ! [ -b "$root" ]; do
  aoe-discover
  sleep 0.2
done
mount -t ext4 "$root" /mnt
exec switch_root /mnt /sbin/init
