#!/bin/bash
# Python snippets.
. "$(dirname "$0")/prologue" || exit 99

python3 - <<'END'
import os, sys, json, re, hashlib, tempfile, subprocess, collections
print(sum(range(100)), 2**100, [x*x for x in range(5)])
print(json.dumps({"b": [1, 2.5, None], "a": "x"}, sort_keys=True))
print(hashlib.sha256(b"abc").hexdigest()[:16], re.sub(r"\d+", "#", "a1b22"))
print(subprocess.check_output(["echo", "hi"]), subprocess.run("exit 3", shell=True).returncode)
print(collections.Counter("abracadabra").most_common(2))
with tempfile.NamedTemporaryFile() as f:
    f.write(b"data"); f.flush(); print(os.path.getsize(f.name))
END
