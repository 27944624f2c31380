# devenv's receiver: brings a volume to what devenv says. Run by a static busybox in the helper container of a cluster:
#   busybox sh -c <this script> <busybox> <the volume's folder>
#
# Takes orders on standard input, a line each, and answers each with one line that begins with a colon. Lines before it
# that begin with a dash belong to the answer; what else comes is the words of a program that failed.
#
#   list                                what is there: pointers, entries, init files with their SHA-256, tools
#   group                               what follows belongs together: the first that fails makes the rest be skipped
#   end                                 all of a group was told: what can wait until then is done. Neither is answered
#   put <path> file|tree <mode> <bytes> so many bytes follow, and then a line with their SHA-256; a tree comes as a tar
#   put <path> swift <mode> <bytes>     a file that is named by its SHA-256: it is compared after the end of its group
#   point <kind>/<service> <entry>      has the pointer lead to an entry of the store, by one rename
#   remove <path>                       a file or a pointer
#   tools <name>…                       links to busybox in init/bin
#   drop <seconds> <entry>              removes an entry that no pointer leads to and that is older than that
#
# Everything grows in a folder of this process's own, and gets its name when it is complete. Whoever speaks to it may
# vanish at any instruction: the end of the input ends it, and nothing has the name of half a file. What a save waits for
# waits neither for a disk (20 ms, and seconds where it is busy) nor for a sum (30 ms): see `check_later`, and what is
# done after a restart of the machine.

# shellcheck disable=SC2086 # words of an order, names of files, an applet's name with or without busybox before it
busybox=$0
root=$1
mine=$root/.incoming/$$
set -o pipefail
umask 022
exec 2>&1
# Most builds of busybox run what they are made of in a fork of the shell: that takes a third of the time of a start.
run=$busybox
if [ "$(command -v dd)" = dd ]; then run=; fi

answer() {
  echo ": $*"
}

# What was killed left its folder here: no process has its number any more, or it is this one.
begin() {
  cd "$root" && $run mkdir -p bin config setup store init/bin .incoming || return
  for folder in .incoming/*; do
    if [ "$folder" = ".incoming/$$" ] || [ ! -d "/proc/${folder##*/}" ]; then $run rm -rf "$folder"; fi
  done
  $run mkdir "$mine" && $run mkfifo "$mine/pipe" && after_restart
}

after_restart() {
  read -r boot </proc/sys/kernel/random/boot_id
  if [ -e .boot ] && read -r known <.boot && [ "$boot" = "$known" ]; then return 0; fi
  for path in store/*; do
    if [ -f "$path" ]; then compare "$path"; fi
  done
  echo "$boot" >"$mine/.boot" && $run mv -f "$mine/.boot" ./
}

# Exactly so many bytes of the input, and never one that belongs to the next order: `head` reads ahead, `dd` does not.
take() {
  blocks=$(($1 / 65536))
  rest=$(($1 % 65536))
  if [ "$blocks" -gt 0 ]; then $run dd bs=65536 count="$blocks" iflag=fullblock status=none || return; fi
  if [ "$rest" -gt 0 ]; then $run dd bs="$rest" count=1 iflag=fullblock status=none; fi
}

take_file() { # new mode bytes
  sum=$(take "$3" | $run tee "$1" | $run sha256sum) && $run chmod "$2" "$1"
}

# What is left of it where it cannot be written would be taken for orders: nobody can go on from there.
take_swift() { # new mode bytes
  if ! take "$3" >"$1"; then
    answer failed
    exit 1
  fi
  $run chmod "$2" "$1"
}

take_tree() { # new mode bytes
  $run mkdir "$1" || return
  $run sha256sum <"$mine/pipe" >"$mine/sum" &
  take "$3" | $run tee "$mine/pipe" | $run tar -x -m -o -C "$1" -f -
  code=$?
  wait
  read -r sum <"$mine/sum" && [ "$code" = 0 ] && $run chmod "$2" "$1" &&
    $run find "$1" -type f -exec "$busybox" sync -d {} +
}

put() { # path kind mode bytes
  new=$mine/${1##*/}
  sum=
  "take_$2" "$new" "$3" "$4"
  code=$?
  # Without it, the line was cut, and so was what came before.
  read -r wanted || exit
  if [ "$code" = 0 ] && [ -z "$failed" ]; then
    if [ "$2" = swift ] || [ "${sum%% *}" = "$wanted" ]; then
      # To its folder and not to its name: there `mv` would go into a tree that another process was faster with.
      $run mv -f "$new" "$root/${1%/*}/" || [ -e "$root/$1" ]
      code=$?
      fresh="$fresh ${1##*/} "
      case $2 in file | swift) written="$written $1" ;; esac
    else
      echo "what arrived is not what was sent"
      code=1
    fi
  fi
  if [ -e "$new" ]; then $run rm -rf "$new"; fi
  return "$code"
}

# Brings files to the disk, and takes away what is not what its name says: the next delivery sends it anew. By nobody's
# child, so that no `wait` here waits for it, and when the swap is over.
check_later() {
  if [ $# = 0 ]; then return; fi
  (
    {
      $run sleep 1
      for path; do
        $run sync -d "$path"
        case $path in store/*) compare "$path" ;; esac
      done
    } </dev/null >/dev/null 2>&1 &
  )
}

compare() { # file of the store
  sum=$($run sha256sum <"$1")
  if [ "${sum%% *}" != "${1##*/}" ]; then $run rm -f "$1"; fi
}

# The entry is young from now on, before anybody is asked whether it is there: `drop` leaves what is young.
point() { # pointer entry
  case $fresh in *" $2 "*) ;; *) $run touch -c "$root/store/$2" ;; esac
  if [ ! -e "$root/store/$2" ]; then
    failed=yes
    answer "missing $2"
    return 0
  fi
  new=$mine/${1##*/}
  $run ln -sfn "../store/$2" "$new" && $run mv -f "$new" "$root/${1%/*}/" && answer ok
}

list() {
  $run find bin config setup -type l -exec "$busybox" stat -c '- pointer %N' {} +
  for path in store/*; do if [ -e "$path" ]; then echo "- entry ${path##*/}"; fi; done
  for path in init/*; do if [ -f "$path" ]; then echo "$path"; fi; done |
    $run xargs -r "$busybox" sha256sum | while read -r line; do echo "- init $line"; done
  echo "- tools $(cd init/bin && echo *)"
}

remove() { # path
  if [ -e "$1" ] || [ -L "$1" ]; then $run rm -f "$1"; fi
}

tools() {
  for tool; do
    if [ ! -L "init/bin/$tool" ]; then $run ln -s ../busybox "init/bin/$tool" || return; fi
  done
}

drop() { # seconds entry
  now=$($run date +%s)
  changed=$($run stat -c %Z "store/$2") || return 0
  if [ "$((now - changed))" -lt "$1" ] || is_pointed_at "$2"; then return 0; fi
  $run mv -f "store/$2" "$mine/" && $run rm -rf "$mine/$2"
}

is_pointed_at() {
  $run find bin config setup -type l -exec "$busybox" readlink {} \; | $run grep -qx "../store/$1"
}

# What is after a failure in its group. The bytes of a file are read all the same.
order() {
  verb=$1
  shift
  case $verb in
    put) put "$@" ;;
    *) if [ -z "$failed" ]; then "$verb" "$@"; fi ;;
  esac
}

trap 'check_later $written; $run rm -rf "$mine"' EXIT
failed=
fresh=   # entries that came in this group
written= # files that are to be looked at once more
if ! begin; then
  answer failed
  exit 1
fi
answer ok
while read -r line; do
  case $line in
    group)
      failed=
      fresh=
      continue
      ;;
    end)
      check_later $written
      written=
      continue
      ;;
  esac
  was=$failed
  order $line
  code=$?
  if [ -n "$was" ]; then
    answer skipped
  elif [ "$code" != 0 ]; then
    failed=yes
    answer failed
  elif [ "${line%% *}" != point ]; then
    answer ok
  fi
done
