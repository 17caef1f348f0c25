#!/bin/bash
# Python random access and locking.
. "$(dirname "$0")/prologue" || exit 99

python3 - <<'E'
import os, fcntl, struct
f = os.open("db", os.O_RDWR | os.O_CREAT); os.ftruncate(f, 4000)
for i in range(0, 1000, 7): os.pwrite(f, struct.pack("<I", i * i), i * 4)
print(struct.unpack("<I", os.pread(f, 4, 28))[0], os.fstat(f).st_size)
fcntl.lockf(f, fcntl.LOCK_EX, 100, 0)
if (p := os.fork()) == 0:
    try: fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 50); os._exit(0)
    except OSError: os._exit(5)
print(os.waitpid(p, 0)[1] >> 8)
os.lseek(f, -4, os.SEEK_END); print(os.read(f, 10)); print(os.writev(f, [b"ab", b"cd"]), os.lseek(f, 0, os.SEEK_CUR))
print(os.sendfile(os.open("out", os.O_WRONLY | os.O_CREAT), f, 0, 100), os.path.getsize("out"))
E
