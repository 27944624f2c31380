# Makes a disk of a root file system: a tar comes in by standard input; the disk, the kernel and the first root go out by
# the descriptors 3, 4 and 5. $1 is the disk's size in bytes. Run where its files may have any owner: by root, or in a user
# namespace, whose root may enter no folder of the person's own.
set -eu
root=$(mktemp -d "${TMPDIR:-/tmp}/devenv-vm.XXXXXX")
trap 'rm -rf "$root"' EXIT
trap 'exit 1' HUP INT TERM
PATH=$PATH:/usr/sbin:/sbin

# Devices are the guest's kernel's, and none can be made in a user namespace.
tar --extract --numeric-owner --same-permissions --directory="$root" --exclude='./dev/*' --file=-
cat "$root/boot/devenv/kernel" >&4
cat "$root/boot/devenv/initrd" >&5
rm -r "$root/boot/devenv"
truncate --size="$1" /dev/fd/3
# All of it is written now: else the guest's kernel would go on with it in the background of its first minutes.
mke2fs -q -F -t ext4 -L devenv -m 0 -E lazy_itable_init=0,lazy_journal_init=0 -d "$root" /dev/fd/3
