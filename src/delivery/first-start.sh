# Runs a service's container/bin/pre_setup.sh before the first start of a fresh container, and then becomes the program
# of the container:   busybox sh first-start <service> -- <program> [argument…]
#
# A container is fresh for as long as the file below has something in it. devenv puts it there, writable for whoever the
# container runs as, when it makes the container; it is emptied when the script has ended well. So a script that failed,
# or was killed with its container, runs again at the next start, and a restart of the container does not run it.

busybox=${0%/*}/busybox
mount=${0%/init/*}
fresh=/.devenv/fresh
service=$1
shift 2
script=$mount/setup/$service

say() {
  echo "devenv: pre_setup.sh of $service $*" >&2
}

# Becomes a program that finds the container's environment to the letter: ash keeps only variables with names of its own
# kind, and `env` gives a program the others (spring.profile) too. A newline in a value travels as \001.
become() {
  unset PWD OLDPWD SHLVL
  words=$#
  while IFS= read -r entry; do
    case ${entry%%=*} in
      '' | [0-9]* | *[!A-Za-z0-9_]*)
        entry=$(printf '%s.' "$entry" | "$busybox" tr '\001' '\n')
        set -- "${entry%.}" "$@"
        ;;
    esac
  done <<EOF
$("$busybox" tr '\0\n' '\n\001' </proc/$$/environ)
EOF
  if [ "$#" -gt "$words" ]; then exec "$busybox" env "$@"; fi
  exec "$@"
}

# The path of a program that is named without one: left to itself, busybox prefers its own `sh` to the image's.
find_program() {
  program=$1
  IFS=:
  for folder in $PATH; do
    if [ -x "$folder/$1" ] && [ ! -d "$folder/$1" ]; then
      program=$folder/$1
      break
    fi
  done
  unset IFS
}

# Runs the script, by the words that are given before it. Its standard input is empty, its process group its own.
run_script() {
  (
    export DEVENV_SERVICE="$service" DEVENV_CONFIG="$mount/config/$service" PATH="$PATH:$mount/init/bin"
    become "$busybox" setsid "$@" "$script"
  ) </dev/null &
  pid=$!
  if [ -n "$stopping" ]; then stop; fi
  wait "$pid"
  code=$?
  # A signal ends the wait, and not the script, which has until the container's grace is over.
  while [ -n "$stopping" ] && kill -0 "$pid" 2>/dev/null; do wait "$pid"; done
  if [ -n "$stopping" ]; then code=143; fi
}

stopping=
pid=
stop() {
  stopping=yes
  # Between its fork and its setsid it has no group yet.
  if [ -n "$pid" ]; then kill -s TERM "-$pid" 2>/dev/null || kill -s TERM "$pid" 2>/dev/null; fi
}

# Runs the script with what its first line names: itself where the image has that, the mount's busybox for a plain sh.
run_by() { # interpreter [argument]
  if [ -x "$1" ]; then
    run_script
    return
  fi
  if [ "${1##*/}" = env ]; then shift; fi
  case ${1##*/} in
    sh | ash | dash) run_script "$busybox" sh ;;
    *)
      say "wants $1, which the image does not have"
      code=127
      ;;
  esac
}

set_up() {
  IFS= read -r line <"$script"
  say begins
  trap stop INT QUIT TERM
  case $line in
    *"$(printf '\r')")
      say 'has the line ends of Windows (CRLF), which no shell takes'
      code=126
      ;;
    '#!'*)
      # shellcheck disable=SC2086
      run_by ${line#??}
      ;;
    *) run_script "$busybox" sh ;;
  esac
  trap - INT QUIT TERM
  say "ended with code $code"
  if [ "$code" -ne 0 ]; then exit "$code"; fi
  : >"$fresh"
}

if [ -s "$fresh" ] && [ -e "$script" ]; then set_up; fi
case $1 in
  */*) ;;
  *)
    find_program "$1"
    shift
    set -- "$program" "$@"
    ;;
esac
become "$@"
