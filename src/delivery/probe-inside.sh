# Asks a service from inside its container, where this machine cannot reach it, or for a program to answer: run by the
# busybox in /devenv/init as
#   busybox sh -c <this> probe once|until <seconds> http <port> <path>
#   busybox sh -c <this> probe once|until <seconds> tcp <port>
#   busybox sh -c <this> probe once|until <seconds> exec <program> [argument…]
# Asks at once; `until` again and again, until an attempt is good (code 0), the time is over or its input has ended (1).
# Tells how each attempt came out as a line after \036: a status, "open", "silent" or "refused"; of a program its code or
# "late", after what it printed.
busybox=/devenv/init/busybox
often=$1 seconds=$2 kind=$3
shift 3

# In hundredths of a second.
uptime() {
  read -r now _ </proc/uptime
  now=${now%.*}${now#*.}
}

# Who asked has gone: an input that has ended can be read, one that nobody writes to cannot.
is_alone() {
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
  "$busybox" setsid "$@" </dev/null 2>&1 &
  pid=$!
  pause=1000
  while kill -0 "$pid" 2>/dev/null; do
    uptime
    if [ "$now" -ge "$end" ] || is_alone; then
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

if [ "$kind" = exec ]; then
  find_program "$1"
  shift
  set -- "$program" "$@"
fi
uptime
end=$((now + seconds * 100))
wait=2000
while :; do
  if [ "$kind" = exec ]; then run_program "$@"; else ask_port "$@"; fi
  printf '\036%s\n' "$said"
  case $kind:$said in exec:0 | tcp:open | http:[23]??) exit 0 ;; esac
  uptime
  if [ "$often" = once ] || [ "$now" -ge "$end" ] || is_alone; then exit 1; fi
  "$busybox" usleep "$wait"
  if [ "$wait" -lt 50000 ]; then wait=$((wait * 13 / 10)); fi
done
