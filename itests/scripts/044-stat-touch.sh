#!/bin/bash
# Stat, touch, chmod, chown, umask.
. "$(dirname "$0")/prologue" || exit 99

umask 027; touch f; mkdir d; stat -c '%n %a %F %h' f d; stat -c %s f; umask; umask -S; chmod 4755 f; stat -c %a f; chmod u+x,g-w,o=r f; stat -c %A f; chmod -R 700 d; stat -c %a d; touch -d '2001-02-03 04:05:06.789 UTC' f; TZ=UTC stat -c '%y %Y' f; touch -r f g; stat -c %Y g; touch -a -d @1000 f; stat -c '%X %Y' f; touch -c none; ls none 2>/dev/null; chmod +t d; stat -c %A d; stat -f -c %l .; truncate -s 12345 f; stat -c %s f
