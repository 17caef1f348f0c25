#!/bin/bash
# Devices.
. "$(dirname "$0")/prologue" || exit 99

head -c 5 /dev/zero | od -An -tx1; echo x > /dev/null; echo $?; (echo x > /dev/full) 2>/dev/null; echo $?; head -c 100 /dev/urandom | wc -c; (echo out > /dev/stdout; echo err > /dev/stderr) 2>&1 | cat; cat /dev/null | wc -c; cat < /dev/fd/0 <<< fd0; [ -c /dev/null ] && echo char; [ -d /dev/shm ] && echo shm > /dev/shm/moat-$$ && cat /dev/shm/moat-$$ && rm /dev/shm/moat-$$; stat -c '%t %T' /dev/null /dev/zero /dev/urandom
