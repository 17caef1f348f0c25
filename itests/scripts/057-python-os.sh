#!/bin/bash
# Python and the operating system.
. "$(dirname "$0")/prologue" || exit 99

python3 - <<'END'
import os, signal, stat, time, errno, select, mmap
r, w = os.pipe(); os.write(w, b"x"); print(os.read(r, 5), select.select([r], [w], [], 0)[1] == [w])
pid = os.fork()
if pid == 0: os._exit(9)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
got = []; signal.signal(signal.SIGUSR1, lambda s, f: got.append(s)); os.kill(os.getpid(), signal.SIGUSR1); print(got == [signal.SIGUSR1])
os.mkdir("d"); open("d/f", "w").write("abc"); os.symlink("f", "d/l"); print(sorted(os.listdir("d")), os.readlink("d/l"), stat.filemode(os.stat("d").st_mode)[0])
print(sorted((e.name, e.is_file()) for e in os.scandir("d")))
try: os.rmdir("d")
except OSError as e: print(errno.errorcode[e.errno])
m = mmap.mmap(-1, 4096); m[:5] = b"hello"; print(m[:5], len(m)); m.close()
with open("d/f", "r+b") as f, mmap.mmap(f.fileno(), 0) as m: m[0:1] = b"X"
print(open("d/f").read()); os.rename("d/f", "g"); os.truncate("g", 1); print(os.path.getsize("g"))
for root, dirs, files in os.walk("."): print(root, sorted(dirs), sorted(files))
END
