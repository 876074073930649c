#!/bin/sh
# Ask before a system's package is installed as root: `ask_root.sh PACKAGE` ends with 0 for yes.
[ -n "$YES" ] || [ -n "$CI" ] && exit 0
if [ ! -t 0 ]; then  # nobody can answer
  [ "$(id -u)" = 0 ] && echo "installing $1 with apt-get" && exit 0
  echo "$1 is missing. Install it with apt-get, or set YES=1 to have it installed as root." >&2
  exit 1
fi
printf 'Install %s as root with apt-get? [y/N] ' "$1"
read -r answer
case "$answer" in [Yy]*) exit 0 ;; esac
echo "not installed: $1" >&2
exit 1
