#!/bin/bash
# Dates that do not depend on now.
. "$(dirname "$0")/prologue" || exit 99

export TZ=UTC; date -d @0 '+%Y-%m-%d %H:%M:%S'; date -d '2024-02-29 +1 year' +%F; date -d '2000-01-01' +%s; date -d @1700000000 +%A; TZ=America/New_York date -d @1700000000 '+%H %Z' 2>/dev/null; date -d '2024-03-10 12:00' '+%j %U %u'; [ $(date +%s) -gt 1600000000 ] && echo now
