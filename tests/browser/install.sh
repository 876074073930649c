#!/bin/sh
# Install Debian's Chromium for the browser journey, unless a Chromium is there already.
set -e
[ -n "$BIONER_CHROMIUM" ] && exit 0
command -v chromium >/dev/null 2>&1 && exit 0
sh tools/ask_root.sh chromium
as_root=""
[ "$(id -u)" = 0 ] || as_root=sudo
$as_root apt-get update
$as_root apt-get install -y --no-install-recommends chromium
