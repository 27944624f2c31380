# devenv's supervisor: process 1 of a service whose binary is swapped. Run by the static busybox beside it, in an empty
# image as well:   busybox sh supervise <service> <grace seconds> [--debug <port>] -- <program> [argument…]
#
#   HUP                   TERM to the program's process group, KILL after the grace, then the program anew
#   "devenv: restart" on its standard input: the same, without the process that Docker needs for a signal
#   other signals         passed on to the program's process group
#   the program ends      the container ends with its code (128 + n for signal n); soon after a HUP, two seconds later:
#                         the HUP that puts its predecessor back need not start the container then (20 ms, not 300)
#   --debug               the image's dlv, if there is one, traces the program: debug.sh
#
# Four processes, all of them blocked while the program runs:
#   supervisor   waits for the sentinel; signals interrupt that wait. Reaps orphans, being process 1
#   sentinel     a job of the supervisor's that ends when the program has: it reads one line from the launcher
#   launcher     starts the program in the foreground, again and again, and tells how it ended
#   reader       turns orders on standard input into a HUP
# Why the launcher: ash makes its background jobs ignore INT and QUIT, and nothing in busybox undoes that. So the
# program must be a foreground child, whose parent can do nothing but wait; setsid's own fork brings that parent away
# from the supervisor. Why the sentinel: only `wait` for a job is interrupted by signals without losing one.

busybox=${0%/*}/busybox
mount=${0%/init/*}

# --- launcher: order on 3 -> the pids of the program and of its debugger on 4 -> "ended" and the code on 4. Its stderr
# is silent (ash would tell "Terminated" at every restart); 5 is the container's.
if [ "$1" = --launch ]; then
  service=$2
  dlv=$3
  debug_port=$4
  debugger=
  shift 4
  # A trapped signal has its default action in a child again; an untrapped QUIT would be ignored there.
  trap : HUP INT QUIT TERM
  unset PWD SHLVL
  launch() (
    read -r pid _ </proc/self/stat
    printf 'devenv: started %s %.12s (pid %s)\n' "$service" "$digest" "$pid" >&5
    echo "$pid $debugger" >&4
    if [ -n "$debugger" ]; then echo "$pid" >&7; fi
    exec "$busybox" setsid "$@" </dev/null 2>&5 3<&- 4>&- 5>&- 7<&-
  )
  ended() {
    echo "ended
$1" >&4
  }
  if [ -n "$dlv" ]; then . "${0%/*}/debug"; fi
  while read -r digest <&3; do
    if [ -n "$dlv" ]; then
      launch_traced "$@"
    else
      launch "$@"
      ended "$?"
    fi
  done
  exit
fi

service=$1
grace=$2
# A job in the background has no input of its own: 8 is the container's, and nobody else's from here on.
exec 8<&0 </dev/null
(while read -r order <&8; do if [ "$order" = "devenv: restart" ]; then kill -s HUP $$; fi; done) &
exec 8<&-
dlv=
debug_port=
if [ "$3" = --debug ]; then
  . "${0%/*}/debug"
  debug_port=$4
  find_dlv
  shift 2
fi
shift 3

pid=      # the program's process group; empty while there is none
debugger= # the process that traces it, if one does
again=    # it was told to restart: start it anew when it has ended
told=     # it was told to end, and nothing else since
timer=    # the process that will KILL it
queue=    # signals that came while there was no program
since=    # when a HUP has started the program, in seconds of the machine's uptime; empty for the container's own start
holder=   # the process that waits for the HUP after its end

send() {
  # Between its fork and its setsid the program has no group yet.
  kill -s "$1" "-$pid" 2>/dev/null || kill -s "$1" "$pid" 2>/dev/null
}

# Read while the old program dies. What the pointer names later does not matter: whoever moves it sends a HUP after.
find_digest() {
  digest=$("$busybox" readlink "$mount/bin/$service")
  digest=${digest##*/}
}

pass() {
  # The last word counts: who wants an end does not want the restart that was asked for before.
  case $1 in INT | QUIT | TERM)
    again=
    told=", as it was told"
    let_go
    detach
    ;;
  esac
  if [ -n "$pid" ]; then send "$1"; else queue="$queue $1"; fi
}

detach() {
  if [ -n "$debugger" ]; then end_debugger; fi
}

restart() {
  again=yes
  told=
  let_go
  if [ -z "$pid" ]; then return; fi
  detach
  # Once: a second TERM ends many a program in the middle of its clean end.
  if [ -z "$timer" ]; then send TERM; fi
  find_digest
  if [ -n "$timer" ]; then return; fi
  # One process, and no `sleep` that would outlive it: nothing ever comes on 6.
  (
    read -r -t "$grace" _ <&6
    send KILL
  ) &
  timer=$!
}

is_new() {
  if [ -z "$since" ]; then return 1; fi
  read -r now _ </proc/uptime
  [ "$((${now%.*} - since))" -lt 60 ]
}

# Waits for the signal that decides what is to be after a program's end.
hold() {
  (read -r -t 2 _ <&6) &
  holder=$!
  while [ -z "$again$told" ] && kill -0 "$holder" 2>/dev/null; do wait "$holder"; done
  let_go
}

# A signal that comes just before `wait` does not interrupt it: the end of what is waited for does.
let_go() {
  if [ -n "$holder" ]; then kill -s KILL "$holder" 2>/dev/null; fi
  holder=
}

trap restart HUP
for signal in INT QUIT TERM USR1 USR2 ALRM CONT WINCH PWR; do
  # shellcheck disable=SC2064
  trap "pass $signal" "$signal"
done

# Pipes without a file system to make them on: a here-document is a pipe, and Linux opens it a second time by its
# number. 3: orders, 4: reports (read only, so that it ends with the launcher), 6: silence.
exec 3<<EOF 4<<EOF 6<<EOF
EOF
EOF
EOF
exec 3<>/proc/self/fd/3 6<>/proc/self/fd/6

# ash keeps only variables with names of its own kind; `env` gives a program the others (spring.profile) too, and those
# that have a meaning here.
ours='ours|busybox|mount|service|grace|dlv|debug_port|pids?|debugger|again|told|timer|queue|since|holder|now'
ours="$ours|signal|digest|rounds|line|code"
if "$busybox" tr '\0' '\n' </proc/$$/environ | "$busybox" grep -Eq "^([^=]*[^A-Za-z0-9_=][^=]*|$ours)="; then
  { "$busybox" cat /proc/$$/environ && printf '%s\0' "$@"; } |
    "$busybox" xargs -0 -x -s 2000000 "$busybox" setsid "$busybox" setsid "$busybox" sh "$0" --launch "$service" \
      "$dlv" "$debug_port" "$busybox" env -i 5>&2 2>/dev/null 4>/proc/self/fd/4 6<&-
else
  "$busybox" setsid "$busybox" setsid "$busybox" sh "$0" --launch "$service" "$dlv" "$debug_port" "$@" \
    5>&2 2>/dev/null 4>/proc/self/fd/4 6<&-
fi

find_digest
while :; do
  again=
  echo "${digest:-none}" >&3
  # In a process of its own, which no signal interrupts.
  pids=$(read -r line <&4 && echo "$line")
  pid=${pids% *}
  debugger=${pids#"$pid"} # `read` takes the blank behind an only word away
  debugger=${debugger# }
  for signal in $queue; do send "$signal"; done
  queue=
  (read -r _ <&4) &
  sentinel=$!
  if [ -n "$again" ]; then restart; fi

  # An interrupted `wait` and one that came to its end look alike by their codes.
  while kill -0 "$sentinel" 2>/dev/null; do wait "$sentinel"; done
  read -r code <&4 || code=137 # the launcher itself was killed
  if [ -z "$again" ]; then
    echo "devenv: $service ended with code $code$told" >&2
    # What ran out of memory ends its container, which alone tells.
    if [ -z "$told" ] && [ "$code" != 137 ] && is_new; then hold; fi
    if [ -z "$again" ]; then exit "$code"; fi
  fi

  # Others of its group may need longer, and may hold its port.
  while kill -0 "-$pid" 2>/dev/null; do "$busybox" usleep 2000; done
  if [ -n "$timer" ]; then kill -s KILL "$timer" 2>/dev/null; fi
  timer=
  pid=
  debugger=
  if [ -z "$again" ]; then
    echo "devenv: $service ended with code $code$told" >&2
    exit "$code"
  fi
  read -r since _ </proc/uptime
  since=${since%.*}
done
