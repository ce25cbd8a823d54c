#!/bin/busybox sh
# Init on the diskless guest's root file system: reads and writes it, and tells how it is mounted.
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
exec > /dev/ttyS0 2>&1
set -e
mounted=$(busybox grep ' / ext4' /proc/mounts)
busybox sha256sum < /question | busybox cut -d' ' -f1 > /answer
# Now all of it is where it belongs, not in the journal only.
busybox mount -o remount,ro /
busybox echo "diskless: $mounted"
busybox poweroff -f
