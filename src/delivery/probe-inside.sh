# Asks a service from inside its container, where this machine cannot reach it: run by the busybox in /devenv/init as
#   busybox sh -c <this> probe http|tcp <port> <path> <seconds>
# Tells each attempt as a line (a status, "open", "silent" or "refused"); ends with 0 at the first good one, 1 when time is up.
busybox=/devenv/init/busybox
kind=$1 port=$2 path=$3

uptime() {
  read -r now _ </proc/uptime
  now=${now%.*}
}

# By nc, as wget crashes in an empty image: the static C library looks for its name services there.
# 4 is the same pipe as the input, open for writing: an input that ends would be a client that has gone, to a service.
cr=$(printf '\r')
status() {
  "$busybox" timeout 1 "$busybox" nc 127.0.0.1 "$port" 2>/dev/null <<EOF 4<>/proc/self/fd/0 | {
GET $path HTTP/1.1$cr
Host: 127.0.0.1:$port$cr
User-Agent: devenv$cr
Accept: */*$cr
Connection: close$cr
$cr
EOF
    read -r _ code _ && echo "$code"
  }
}

listens() {
  "$busybox" nc -w 1 127.0.0.1 "$port" -e "$busybox" true 2>/dev/null
}

attempt() {
  said=
  if [ "$kind" = http ]; then said=$(status); fi
  if [ -n "$said" ]; then return; fi
  if ! listens; then
    said=refused
  elif [ "$kind" = http ]; then
    said=silent
  else
    said=open
  fi
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
