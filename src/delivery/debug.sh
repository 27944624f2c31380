# The part of devenv's supervisor that has the image's own dlv trace the program, for an editor to attach to. Sourced by
# supervise.sh, whose variables these are.
#
# dlv attaches to the program, it does not start it: the program's end and its code stay the supervisor's to know, it
# takes its signals as ever, and it runs on where dlv cannot (one that is too old for the program's Go, say).
#
#   launcher -> dlv -> keeper -> program
#
# dlv is an ancestor of the program, as kernels with Yama (Ubuntu's) ask of whoever traces without CAP_SYS_PTRACE: the
# subshell that has started the keeper becomes dlv. The keeper waits for the program, and tells how it ended. It is a
# background job of ash's, so that INT and QUIT do nothing to a program that does not ask for them.

find_dlv() {
  for dlv in "$(command -v dlv)" /go/bin/dlv /root/go/bin/dlv /dlv; do
    if [ -n "$dlv" ] && [ -x "$dlv" ]; then return; fi
  done
  dlv=
  echo "devenv: $service runs without a debugger: there is no dlv in its image" >&2
}

# In the launcher.
launch_traced() (
  # A pipe (see supervise.sh) on which dlv is told the program's pid.
  exec 7<<EOF
EOF
  exec 7<>/proc/self/fd/7
  read -r debugger _ </proc/self/stat
  keep "$@" &
  read -r pid <&7
  # What is traced must be the program already, and not the busybox that becomes it.
  while [ "/proc/$pid/exe" -ef "$busybox" ]; do "$busybox" usleep 1000; done
  exec "$dlv" attach "$pid" --headless --accept-multiclient --continue --api-version=2 --check-go-version=false \
    "--listen=:$debug_port" </dev/null >&5 2>&5 3<&- 4>&- 5>&- 7<&-
)

# The end of the program is told once dlv has ended, too: the next one listens on the same port.
keep() {
  launch "$@"
  code=$?
  while read -r _ _ _ parent _ </proc/self/stat && [ "$parent" = "$debugger" ]; do
    kill -s KILL "$debugger"
    "$busybox" usleep 1000
  done
  ended "$code"
}

# In the supervisor: dlv lets the program go, without breakpoints; else one that is held at a breakpoint would take no
# signal. A dlv that was traced to its own end before may have left its number to another process.
end_debugger() {
  if [ -z "$debugger" ]; then return; fi
  rounds=0
  while is_debugger; do
    case $rounds in 0) kill -s TERM "$debugger" ;; 500) kill -s KILL "$debugger" ;; esac
    rounds=$((rounds + 1))
    "$busybox" usleep 2000
  done
  debugger=
}

is_debugger() {
  [ "/proc/$debugger/exe" -ef "$dlv" ] || [ "/proc/$debugger/exe" -ef "$busybox" ]
}
