# Run by mmdebstrap when all packages are installed; $1 is the new root. Makes of a Debian a guest that boots in seconds
# under plain emulation: it has one disk, one serial line, one network card and nobody at its console.
set -eu
cd "$1"

put() { # path [mode], the content from standard input
  mkdir -p "$(dirname "./$1")"
  cat >"./$1"
  chmod "${2:-644}" "./$1"
}

wants() { # target unit...
  mkdir -p "./etc/systemd/system/$1.wants"
  target=$1
  shift
  for unit; do
    there=/etc/systemd/system/$unit
    [ -e ".$there" ] || there=/lib/systemd/system/$unit
    [ -e ".$there" ] || { echo "there is no $unit" >&2 && exit 1; }
    ln -sf "$there" "./etc/systemd/system/$target.wants/$unit"
  done
}

# --- nothing starts but what is named below: a guest under emulation would wait seconds for each of Debian's own

rm -rf ./lib/systemd/system/*.target.wants ./etc/systemd/system/*.wants
mkdir -p ./etc/systemd/system-generators
for generator in ./lib/systemd/system-generators/*; do
  # The one that is left mounts what a host writes into fstab.
  [ "${generator##*/}" = systemd-fstab-generator ] || ln -sf /dev/null "./etc/systemd/system-generators/${generator##*/}"
done
ln -sf /lib/systemd/system/multi-user.target ./etc/systemd/system/default.target
for unit in systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-logind.service \
  systemd-remount-fs.service systemd-journald-audit.socket; do
  ln -sf /dev/null "./etc/systemd/system/$unit"
done
# The journal's own service is started by its sockets: nothing else waits for it.
wants sockets.target systemd-journald.socket systemd-journald-dev-log.socket docker.socket

# --- who it is: nobody yet; every guest is told by its host

echo devenv | put etc/hostname
put etc/hosts <<'END'
127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
END
: | put etc/machine-id 444
rm -f ./var/lib/dbus/machine-id ./etc/ssh/ssh_host_* ./var/lib/systemd/random-seed ./etc/motd

echo '# / is mounted by what boots this machine.' | put etc/fstab
# A star is a password that nothing matches, where an exclamation mark would also keep keys out.
sed -i 's/^root:[^:]*:/root:*:/' ./etc/shadow

# --- its network, which is QEMU's own and always the same, and what else is set before anything starts

echo 'nameserver 10.0.2.3' | put etc/resolv.conf
put usr/local/lib/devenv/early 755 <<'END'
#!/bin/sh
cd /proc/sys
echo 1 >net/ipv4/ip_forward
echo 262144 >vm/max_map_count
echo 524288 >fs/inotify/max_user_watches
echo 1024 >fs/inotify/max_user_instances
exec ip -batch - <<'BATCH'
link set lo up
link set eth0 up
address add 10.0.2.15/24 dev eth0
route add default via 10.0.2.2
BATCH
END
put etc/systemd/system/devenv-early.service <<'END'
[Unit]
Description=Kernel settings and the network of QEMU
DefaultDependencies=no
Before=network.target network-online.target
Wants=network.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/lib/devenv/early
END
wants sysinit.target devenv-early.service

# --- how it is spoken to: by the agent, and by ssh with a key

put usr/local/lib/devenv/agent 755 <<'END'
#!/bin/sh
# The port's link by its name would be made by udev.
for port in /sys/class/virtio-ports/*; do
  [ "$(cat "$port/name" 2>/dev/null)" = org.qemu.guest_agent.0 ] || continue
  exec /usr/sbin/qemu-ga --method=virtio-serial --path="/dev/${port##*/}" --statedir=/run
done
echo "this machine has no port for the agent" >&2
exit 1
END
put etc/systemd/system/qemu-guest-agent.service <<'END'
[Unit]
Description=QEMU's guest agent
DefaultDependencies=no
Conflicts=shutdown.target

[Service]
ExecStart=/usr/local/lib/devenv/agent
# It tells of each call, also of one that only asks how another one is; to write that down costs more than the call.
LogLevelMax=warning
Restart=on-failure
RestartSec=1
END
wants sysinit.target qemu-guest-agent.service

put etc/ssh/sshd_config <<'END'
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PrintMotd no
PrintLastLog no
AcceptEnv LANG LC_*
HostKey /etc/ssh/ssh_host_ed25519_key
# Those that cost an emulated processor least.
KexAlgorithms curve25519-sha256,curve25519-sha256@libssh.org
Ciphers chacha20-poly1305@openssh.com,aes128-gcm@openssh.com
MaxSessions 1000
MaxStartups 100
Subsystem sftp internal-sftp
END
# The host gives it a key of its own; where it did not, it makes one.
put etc/systemd/system/ssh.service <<'END'
[Unit]
Description=OpenSSH server
After=devenv-early.service

[Service]
ExecStartPre=/bin/sh -c '[ -s /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key'
ExecStart=/usr/sbin/sshd -D
ExecReload=/bin/kill -HUP $MAINPID
KillMode=process
Restart=on-failure
RuntimeDirectory=sshd
RuntimeDirectoryMode=0755
END
ln -sf ssh.service ./etc/systemd/system/sshd.service
wants multi-user.target ssh.service

# --- Docker

put etc/docker/daemon.json <<'END'
{
  "storage-driver": "overlay2",
  "exec-opts": ["native.cgroupdriver=cgroupfs"],
  "log-driver": "json-file",
  "log-opts": { "max-size": "20m", "max-file": "3" }
}
END
# What Docker does not ask containerd for.
put etc/containerd/config.toml <<'END'
version = 2
disabled_plugins = [
  "io.containerd.grpc.v1.cri",
  "io.containerd.internal.v1.opt",
  "io.containerd.internal.v1.tracing",
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
  "io.containerd.tracing.processor.v1.otlp",
]
END
wants multi-user.target containerd.service docker.service

# --- what nobody waits for

put etc/systemd/journald.conf.d/devenv.conf <<'END'
[Journal]
Storage=volatile
RuntimeMaxUse=16M
END
put etc/systemd/system.conf.d/devenv.conf <<'END'
[Manager]
DefaultTimeoutStopSec=20s
ShowStatus=no
END
put etc/systemd/system/devenv-tidy.service <<'END'
[Unit]
Description=Temporary files of packages
After=docker.service ssh.service

[Service]
Type=oneshot
ExecStart=systemd-tmpfiles --create --remove --boot --exclude-prefix=/dev
SuccessExitStatus=DATAERR CANTCREAT
END
wants multi-user.target devenv-tidy.service

# --- what boots it: a kernel that is not packed, and the drivers that udev, which is not run, would find by their devices

version=$(basename "$(echo ./boot/vmlinuz-*)" | sed 's/^vmlinuz-//')
boot=./boot/devenv
mkdir -p "$boot/initrd/bin" "$boot/initrd/dev" "$boot/initrd/lib" "$boot/initrd/root"
cp ./bin/busybox "$boot/initrd/bin/busybox"
for module in virtio_pci virtio_blk ext4 virtio_net virtio_console; do
  chroot . modprobe --dry-run --show-depends --set-version "$version" "$module"
done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' >"$boot/modules"
{
  echo '#!/bin/busybox sh'
  echo '/bin/busybox mount -t devtmpfs dev /dev'
  while read -r module; do
    cp ".$module" "$boot/initrd/lib/"
    echo "/bin/busybox insmod /lib/${module##*/}"
  done <"$boot/modules"
  # Freed blocks are given back to the host.
  echo 'until [ -b /dev/vda ]; do /bin/busybox sleep 0.02; done'
  echo '/bin/busybox mount -t ext4 -o rw,noatime,discard /dev/vda /root'
  echo 'exec /bin/busybox switch_root /root /sbin/init'
} >"$boot/initrd/init"
chmod 755 "$boot/initrd/init"
chroot . sh -c 'cd /boot/devenv/initrd && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 >../initrd.cpio'
rm -r "$boot/initrd" "$boot/modules"
mv "$boot/initrd.cpio" "$boot/initrd"

# Little-endian numbers of the setup header (https://docs.kernel.org/arch/x86/boot.html).
number() { # offset bytes
  od -An -v -t "u$2" -j "$1" -N "$2" "./boot/vmlinuz-$version" | tr -d ' '
}
if [ "$(dd if="./boot/vmlinuz-$version" bs=1 skip=514 count=4 2>/dev/null)" = HdrS ]; then
  # An emulated processor takes ten seconds to unpack it. QEMU boots what is in it, too (PVH).
  payload=$((($(number 497 1) + 1) * 512 + $(number 584 4)))
  dd if="./boot/vmlinuz-$version" bs=64K iflag=skip_bytes,count_bytes skip="$payload" count="$(number 588 4)" 2>/dev/null |
    chroot . xz --decompress --single-stream --ignore-check --stdout >"$boot/kernel" || [ -s "$boot/kernel" ]
else
  cp "./boot/vmlinuz-$version" "$boot/kernel"
fi
rm -f ./boot/vmlinuz-* ./boot/initrd.img-* ./boot/System.map-* ./vmlinuz* ./initrd.img*
