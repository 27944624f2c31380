# shellcheck shell=sh
# Run in a guest, by its agent, before it is saved: QEMU saves no guest in which a folder of its host is mounted. Containers
# that use one are stopped, and noted for the next start. Prints who else uses one, and then exits with 5.
set -u
stopped=/run/devenv-stopped
mounts() { awk '$3 == "9p" && $1 ~ /^devenv[0-9]+$/ { print $2 }' /proc/mounts; }
decoded() { printf '%b' "$(printf %s "$1" | sed 's/\\\([0-7][0-7][0-7]\)/\\0\1/g')"; }

# A container's processes have a view of their own, and their control group has its number in its name.
users=$(grep -l ' - 9p devenv[0-9]' /proc/[0-9]*/mountinfo 2>/dev/null | sed 's/mountinfo$/cgroup/')
if [ -n "$users" ]; then
  # shellcheck disable=SC2086
  ids=$(cat $users 2>/dev/null | grep -o '[0-9a-f]\{64\}' | sort -u)
  if [ -n "$ids" ]; then
    printf '%s\n' "$ids" >$stopped
    # shellcheck disable=SC2086
    docker stop $ids >/dev/null || exit 4
  fi
fi

busy=
set -f
# shellcheck disable=SC2046
set -- $(mounts)
set +f
for path; do
  where=$(decoded "$path")
  umount "$where" 2>/dev/null && continue
  busy=1
  find /proc/[0-9]*/cwd /proc/[0-9]*/exe /proc/[0-9]*/fd -maxdepth 1 -type l -printf '%p %l\n' 2>/dev/null |
    grep -F " $where" | cut -d / -f 3 | sort -u | while read -r pid; do
    printf '%s (pid %s) uses %s\n' "$(cat "/proc/$pid/comm")" "$pid" "$where"
  done
done
[ -z "$busy" ] || exit 5
sync
