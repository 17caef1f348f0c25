#!/bin/bash
# A terminal from python.
. "$(dirname "$0")/prologue" || exit 99

python3 - <<'E'
import os, pty, termios, time, select
pid, fd = pty.fork()
if pid == 0:
    os.execvp("sh", ["sh", "-c", "tty > /dev/null && echo is a tty; stty size; read x; echo got $x; trap 'echo int; exit 3' INT; echo ready; while :; do sleep 0.1; done"])
out = b""
def until(word):
    global out
    end = time.time() + 20
    while word not in out and time.time() < end:
        if select.select([fd], [], [], 0.1)[0]:
            try: out += os.read(fd, 1000)
            except OSError: break
until(b"0 0\r\n"); os.write(fd, b"typed\n"); until(b"ready"); os.write(fd, b"\x03"); until(b"int\r\n")
print(os.waitpid(pid, 0)[1] >> 8); print(out.replace(b"\r\n", b"|").decode())
E
