#!/bin/busybox sh
# First program of the Linux guest: loads the drivers, brings the network up, and then takes
# commands from the second serial port. mtu=N on the kernel's command line sets the MTU.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
# A guest whose test is gone ends by itself.
(sleep 900 && poweroff -f) &
for word in $(cat /proc/cmdline); do case $word in mtu=*) mtu=${word#mtu=} ;; esac done
for module in virtio_pci virtio_net ext4 crc32c_generic; do modprobe $module; done
ip link set lo up
for path in /sys/class/net/eth*; do ip link set "${path##*/}" mtu "${mtu:-1500}" up; done
# Open all the time: what is typed at a closed port is lost.
exec 3<> /dev/ttyS1
stty raw -echo <&3
echo ready >&3
# A command a line, in base64, so that it may have lines itself; the answer ends with its status.
while read -r line <&3; do
  echo "$line" | base64 -d > /command
  sh -e /command < /dev/null >&3 2>&1
  echo "ended with $?" >&3
done
