# shellcheck shell=sh
# Run in a guest, by its agent, at each start: makes it the machine of its cluster. Before it stand assignments: name,
# machine_id, host_key, authorized_key, seed; and shares, lines of "tag path" (path as fstab(5) writes it). Exits with
# 3 where a folder could not be mounted, with 4 where Docker or a container does not start, with 5 where sshd does not.
# An emulated guest that was just loaded takes a tenth of a second for each program, so what the shell can do, it does.
# shellcheck disable=SC2154
set -u
umask 022
newline='
'

within() { # tries command...: again and again until it holds, every 50 ms
  tries=$1
  shift
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.05
  done
}
decoded() { # a path as fstab(5) writes it
  case $1 in
  *\\*) printf '%b' "$(printf %s "$1" | sed 's/\\\([0-7][0-7][0-7]\)/\\0\1/g')" ;;
  *) printf %s "$1" ;;
  esac
}

# For a guest without a generation counter: what it draws from now on is its own.
printf %s "$seed" >/dev/urandom

# --- its identity

listens="grep -q :0016.*:0000.0A /proc/net/tcp /proc/net/tcp6"
printf %s "$name" >/proc/sys/kernel/hostname
key=/etc/ssh/ssh_host_ed25519_key
keys=/root/.ssh/authorized_keys
read -r is </etc/machine-id || is=
# The guest may be ended at any instant, and then any of them is empty.
if [ "$is" != "$machine_id" ] || [ ! -s $key ] || [ ! -s $keys ]; then
  printf '%s\n' "$name" >/etc/hostname
  rm -f /var/lib/dbus/machine-id /var/lib/systemd/random-seed /etc/ssh/ssh_host_* $keys
  umask 077
  [ -d /root/.ssh ] || mkdir /root/.ssh
  printf '%s\n' "$authorized_key" >$keys
  printf '%s\n' "$host_key" >$key
  umask 022
  # The last, because it says that the others are there.
  printf '%s\n' "$machine_id" >/etc/machine-id
  # It removes the file that its number is in, starts anew with its new key, and writes the file when it listens.
  if read -r sshd 2>/dev/null </run/sshd.pid && : >/run/sshd.pid && kill -HUP "$sshd"; then
    listens='test -s /run/sshd.pid'
  else
    systemctl restart ssh.service 2>/dev/null || systemctl restart sshd.service
  fi
fi

# --- its folders: also in fstab, so that they are there before Docker is when the guest boots

mounted=$newline
while read -r tag path _; do
  case $newline$shares$newline in
  *"$newline$tag $path$newline"*) mounted=$mounted$tag' '$path$newline ;;
  *) [ -z "$tag" ] || umount -l "$(decoded "$path")" ;;
  esac
done <<MOUNTS
$(grep '^devenv[0-9]* [^ ]* 9p ' /proc/mounts)
MOUNTS
options=trans=virtio,version=9p2000.L,msize=512000,cache=mmap,access=any
had='' fstab=''
while IFS= read -r line; do
  had=$had$line$newline
  case $line in
  *,x-devenv\ *) ;;
  *) fstab=$fstab$line$newline ;;
  esac
done </etc/fstab
failed=
while read -r tag path; do
  [ -n "$tag" ] || continue
  fstab="$fstab$tag $path 9p $options,nofail,x-systemd.before=docker.service,x-devenv 0 0$newline"
  case $mounted in
  *"$newline$tag $path$newline"*) continue ;;
  esac
  where=$(decoded "$path")
  [ -d "$where" ] || mkdir -p "$where"
  # A guest that boots mounts what is in its fstab in these moments itself.
  mount -i -t 9p -o "$options" "$tag" "$where" || grep -qF "$tag $path 9p " /proc/mounts || failed=1
done <<SHARES
$shares
SHARES
# In one piece, because the guest may be ended at any instant, and would not find its root again.
[ "$fstab" = "$had" ] || { printf %s "$fstab" >/etc/fstab.devenv && mv /etc/fstab.devenv /etc/fstab; }
[ -z "$failed" ] || exit 3

# --- Docker, which a guest that boots starts in these moments

# Of one that was saved it is known to have been up, as long as its process lives.
up=/run/devenv-docker-is-up
if [ ! -e $up ] || ! read -r docker 2>/dev/null </run/docker.pid || [ ! -d "/proc/$docker" ]; then
  systemctl is-active --quiet docker.service || systemctl start docker.service || exit 4
  : >$up
fi
# shellcheck disable=SC2086
within 400 $listens || exit 5

# --- the containers that were stopped so that it could be saved

stopped=/run/devenv-stopped
if [ -s $stopped ]; then
  # shellcheck disable=SC2046
  docker start $(cat $stopped) >/dev/null || exit 4
  rm -f $stopped
fi
