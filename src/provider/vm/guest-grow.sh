# shellcheck shell=sh
# Run in a guest, by its agent, when its disk was made larger: the file system of its root fills it, while it is in use.
set -u
source=$(findmnt -n -o SOURCE /)
disk=$(lsblk -n -o PKNAME "$source" 2>/dev/null | head -n 1)
if [ -n "$disk" ]; then
  growpart "/dev/$disk" "$(printf %s "$source" | grep -o '[0-9]*$')" || [ $? = 1 ] || exit 1
fi
case $(findmnt -n -o FSTYPE /) in
ext*) resize2fs "$source" ;;
xfs) xfs_growfs / ;;
btrfs) btrfs filesystem resize max / ;;
*) echo "its file system cannot be grown" >&2 && exit 1 ;;
esac
