# shellcheck shell=sh
# Run in a guest, by its agent, at each start: makes it the machine of its cluster. Before it stand assignments: name,
# machine_id, host_key, authorized_key, seed; and shares, lines of "tag path" (path as fstab(5) writes it). Exits with
# 3 where a folder could not be mounted, with 4 where Docker or a container does not start, with 5 where sshd does not.
# shellcheck disable=SC2154
set -u
umask 022

within() { # tries command...: again and again until it holds, every 50 ms
  tries=$1
  shift
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.05
  done
}
decoded() { printf '%b' "$(printf %s "$1" | sed 's/\\\([0-7][0-7][0-7]\)/\\0\1/g')"; }

# For a guest without a generation counter: what it draws from now on is its own.
printf %s "$seed" >/dev/urandom

# --- its identity

put() { # path mode content: in one piece, because the guest may be ended at any instant
  (umask 077 && printf '%s\n' "$3" >"$1.devenv") && chmod "$2" "$1.devenv" && mv "$1.devenv" "$1"
}

listens="grep -q :0016.*:0000.0A /proc/net/tcp /proc/net/tcp6"
hostname "$name" 2>/dev/null || printf %s "$name" >/proc/sys/kernel/hostname
if [ "$(cat /etc/machine-id 2>/dev/null)" != "$machine_id" ]; then
  put /etc/hostname 644 "$name"
  rm -f /var/lib/dbus/machine-id /var/lib/systemd/random-seed /etc/ssh/ssh_host_*
  mkdir -p /root/.ssh && chmod 700 /root/.ssh
  put /root/.ssh/authorized_keys 600 "$authorized_key"
  put /etc/ssh/ssh_host_ed25519_key 600 "$host_key"
  # The last, because it says that the others are there.
  put /etc/machine-id 444 "$machine_id"
  # It removes the file that its number is in, starts anew with its new key, and writes the file when it listens.
  if sshd=$(cat /run/sshd.pid 2>/dev/null) && rm -f /run/sshd.pid && kill -HUP "$sshd"; then
    listens='test -s /run/sshd.pid'
  else
    systemctl restart ssh.service 2>/dev/null || systemctl restart sshd.service
  fi
fi

# --- its folders: also in fstab, so that they are there before Docker is when the guest boots

awk '$3 == "9p" && $1 ~ /^devenv[0-9]+$/ { print $1, $2 }' /proc/mounts | while read -r mounted; do
  printf '%s\n' "$shares" | grep -qxF "$mounted" || umount -l "$(decoded "${mounted#* }")"
done
options=trans=virtio,version=9p2000.L,msize=512000,cache=mmap,access=any
fstab=$(grep -v ',x-devenv ' /etc/fstab)
failed=
while read -r tag path; do
  [ -n "$tag" ] || continue
  fstab="$fstab
$tag $path 9p $options,nofail,x-systemd.before=docker.service,x-devenv 0 0"
  grep -qF "$tag $path " /proc/mounts && continue
  where=$(decoded "$path")
  mkdir -p "$where"
  mount -t 9p -o "$options" "$tag" "$where" || failed=1
done <<SHARES
$shares
SHARES
[ "$fstab" = "$(cat /etc/fstab)" ] || put /etc/fstab 644 "$fstab"
[ -z "$failed" ] || exit 3

# --- Docker, which a guest that boots starts in these moments

systemctl is-active --quiet docker.service || systemctl start docker.service || exit 4
# shellcheck disable=SC2086
within 400 $listens || exit 5

# --- the containers that were stopped so that it could be saved

stopped=/run/devenv-stopped
if [ -s $stopped ]; then
  # shellcheck disable=SC2046
  docker start $(cat $stopped) >/dev/null || exit 4
  rm -f $stopped
fi
