#!/bin/bash
# Dropping privileges.
. "$(dirname "$0")/prologue" || exit 99

setpriv --reuid=1000 --regid=1000 --clear-groups id -u 2>/dev/null || echo none; touch secret; chmod 600 secret; chmod 755 .; setpriv --reuid=1000 --regid=1000 --clear-groups cat secret 2>/dev/null || echo denied; perl -e '$) = "1000 1000"; $( = 1000; $> = 1000; $< = 1000; print "$< $>\n"; print open(F,"secret") ? "open\n" : "denied\n"; print kill(0,$$) ? 1:0, "\n"'
