# Asks a service from inside its container, where this machine cannot reach it: run by the busybox in /devenv/init as
#   busybox sh -c <this> probe http|tcp <port> <path> <seconds>
# Tells each attempt as a line (a status, "open", or "refused"); ends with 0 at the first good one, 1 when time is up.
busybox=/devenv/init/busybox
kind=$1 port=$2 path=$3

uptime() {
  read -r now _ </proc/uptime
  now=${now%.*}
}

attempt() {
  if [ "$kind" = tcp ]; then
    said=refused
    "$busybox" nc -w 1 127.0.0.1 "$port" -e "$busybox" true 2>/dev/null && said=open
    return
  fi
  # The first status counts: wget follows a redirect, which may lead out of the container.
  said=$("$busybox" wget -S -T 1 -O /dev/null "http://127.0.0.1:$port$path" 2>&1)
  case $said in *HTTP/[0-9]*) ;; *) said=refused && return ;; esac
  said=${said#*HTTP/}
  said=${said#* }
  said=${said%%[!0-9]*}
}

uptime
end=$((now + $4))
while :; do
  attempt
  echo "$said"
  case $said in open | [23]??) exit 0 ;; esac
  uptime
  if [ "$now" -ge "$end" ]; then exit 1; fi
  "$busybox" usleep 20000
done
