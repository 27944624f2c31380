# shellcheck shell=sh
# Run in a guest that is to be saved as a template, by its agent: waits until all of it is up and quiet, and takes away
# what is one guest's own. What sshd has of that in its memory goes when it is told its new key.
set -u
modprobe virtio_balloon 2>/dev/null
systemctl start docker.service || exit 4
systemctl is-system-running --wait >/dev/null
rm -f /etc/ssh/ssh_host_* /root/.ssh/authorized_keys /var/lib/systemd/random-seed /var/lib/dbus/machine-id
: >/etc/machine-id
sync
echo 3 >/proc/sys/vm/drop_caches
# What was freed goes back to the host in the background, and need not be saved.
sleep 3
