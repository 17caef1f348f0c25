#!/bin/bash
# Extended attributes from the shell.
. "$(dirname "$0")/prologue" || exit 99

touch f; python3 - <<'E'
import os
try:
    os.setxattr("f", "user.a", b"1"); os.setxattr("f", "user.b", b"22"); print(sorted(os.listxattr("f")), os.getxattr("f", "user.b")); os.removexattr("f", "user.a"); print(os.listxattr("f"))
except OSError as e: print(e.strerror)
E
cp -a f g; python3 -c 'import os; print(os.listxattr("g"))'
