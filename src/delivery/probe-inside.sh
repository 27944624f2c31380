# Asks a service from inside its container, where this machine cannot reach it, or for a program to answer: run by the
# busybox in /devenv/init as
#   busybox sh -c <this> probe http <port> <path>
#   busybox sh -c <this> probe tcp <port>
#   busybox sh -c <this> probe exec <program> [argument…]
# Its standard input tells when to ask, a line each, and ends it:
#   once <seconds>    at once, and no more
#   until <seconds>   again and again, until an attempt is good, the time is over or there is more input
# Tells how each attempt came out as a line after \036: a status, "open", "silent" or "refused"; of a program its code or
# "late", after what it printed. After the last of them comes "ready", or "over".
busybox=/devenv/init/busybox
kind=$1
shift

# In hundredths of a second.
uptime() {
  read -r now _ </proc/uptime
  now=${now%.*}${now#*.}
}

# Who asked has gone: an input that has ended can be read, one that nobody writes to cannot.
is_unwanted() {
  read -r -t 0 _
}

# By nc, as wget crashes in an empty image: the static C library looks for its name services there.
# 4 is the same pipe as the input, open for writing: an input that ends would be a client that has gone, to a service.
cr=$(printf '\r')
status() {
  "$busybox" timeout 1 "$busybox" nc 127.0.0.1 "$1" 2>/dev/null <<END 4<>/proc/self/fd/0 | {
GET $2 HTTP/1.1$cr
Host: 127.0.0.1:$1$cr
User-Agent: devenv$cr
Accept: */*$cr
Connection: close$cr
$cr
END
    read -r _ code _ && echo "$code"
  }
}

listens() {
  "$busybox" nc -w 1 127.0.0.1 "$1" -e "$busybox" true 2>/dev/null </dev/null
}

ask_port() {
  said=
  if [ "$kind" = http ]; then said=$(status "$@" </dev/null); fi
  if [ -n "$said" ]; then return; fi
  if ! listens "$1"; then
    said=refused
  elif [ "$kind" = http ]; then
    said=silent
  else
    said=open
  fi
}

# Left to itself, busybox prefers its own programs to the image's.
find_program() {
  program=$1
  case $1 in */*) return ;; esac
  IFS=:
  for folder in $PATH /devenv/init/bin; do
    if [ -x "$folder/$1" ] && [ ! -d "$folder/$1" ]; then
      program=$folder/$1
      break
    fi
  done
  unset IFS
}

# A group of its own, so that nothing of one that hangs is left.
run_program() {
  find_program "$1"
  shift
  "$busybox" setsid "$program" "$@" </dev/null 2>&1 &
  pid=$!
  pause=1000
  while kill -0 "$pid" 2>/dev/null; do
    uptime
    if [ "$now" -ge "$end" ] || is_unwanted; then
      # Between its fork and its setsid it has no group yet.
      kill -s KILL "-$pid" 2>/dev/null || kill -s KILL "$pid" 2>/dev/null
      said=late
      return
    fi
    "$busybox" usleep "$pause"
    if [ "$pause" -lt 20000 ]; then pause=$((pause * 2)); fi
  done
  wait "$pid"
  said=$?
}

# Gives how it ended once nothing more is to be asked.
attempt() {
  if [ "$kind" = exec ]; then run_program "$@"; else ask_port "$@"; fi
  how=
  uptime
  if [ "$often" = once ] || [ "$now" -ge "$end" ] || is_unwanted; then how=over; fi
  case $kind:$said in exec:0 | tcp:open | http:[23]??) how=ready ;; esac
  printf '\036%s\n' "$said${how:+ $how}"
}

while read -r often seconds; do
  uptime
  end=$((now + seconds * 100))
  wait=2000
  while attempt "$@" && [ -z "$how" ]; do
    "$busybox" usleep "$wait"
    if [ "$wait" -lt 50000 ]; then wait=$((wait * 13 / 10)); fi
  done
done
