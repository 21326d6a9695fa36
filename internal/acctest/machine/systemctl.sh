#!/bin/bash
# Stand-in for systemctl on a machine without systemd. It finds units by their files, runs the ExecStart of oneshot
# units, starts the real sshd, and treats any other service as running once it was started. It logs its arguments.
printf '%s\n' "$*" >>/var/log/systemctl.log
mkdir -p /run/systemctl /var/lib/systemctl
verb='' now='' units=()
for word; do
  case $word in
    --now) now=yes ;;
    -*) ;;
    *) if [ -z "$verb" ]; then verb=$word; else units+=("${word%.service}"); fi ;;
  esac
done
file_of() {
  local folder name
  for folder in /etc/systemd/system /run/systemd/system /lib/systemd/system; do
    for name in "$1" "$1.service"; do
      if [ -f "$folder/$name" ]; then
        echo "$folder/$name"
        return
      fi
    done
  done
  return 1
}
start() {
  local line
  case $1 in
    ssh) pgrep -x sshd >/dev/null || /usr/sbin/sshd || return 1 ;;
    *)
      if grep -q '^Type=oneshot' "$2"; then
        while read -r line; do sh -c "$line" || return 1; done < <(sed -n 's/^ExecStart=//p' "$2")
      fi
      ;;
  esac
  touch "/run/systemctl/$1"
}
stop() {
  if [ "$1" = ssh ]; then
    pkill -x sshd
    while pgrep -x sshd >/dev/null; do sleep 0.05; done
  fi
  rm -f "/run/systemctl/$1"
}
[ "$verb" = daemon-reload ] && exit 0
for unit in "${units[@]}"; do
  if ! file=$(file_of "$unit"); then
    case $verb in
      is-active) exit 3 ;;
      is-enabled) exit 1 ;;
    esac
    echo "Failed to $verb $unit.service: Unit $unit.service not found." >&2
    exit 5
  fi
  case $verb in
    enable) touch "/var/lib/systemctl/$unit" && if [ -n "$now" ]; then start "$unit" "$file" || exit 1; fi ;;
    disable) rm -f "/var/lib/systemctl/$unit" && if [ -n "$now" ]; then stop "$unit"; fi ;;
    start) start "$unit" "$file" || exit 1 ;;
    stop) stop "$unit" ;;
    restart) stop "$unit" && start "$unit" "$file" || exit 1 ;;
    try-reload-or-restart) if [ -e "/run/systemctl/$unit" ]; then stop "$unit" && start "$unit" "$file" || exit 1; fi ;;
    is-active) [ -e "/run/systemctl/$unit" ] || exit 3 ;;
    is-enabled) [ -e "/var/lib/systemctl/$unit" ] || exit 1 ;;
    *)
      echo "Unknown command verb $verb." >&2
      exit 1
      ;;
  esac
done
