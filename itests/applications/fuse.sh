# needs bindfs fuse-overlayfs squashfuse mksquashfs unionfs gocryptfs fusermount3 sqlite3 git gcc make python3
# Programs that serve file systems, and programs that work on these.
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@b \
    GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' GIT_COMMITTER_DATE='2026-01-01T00:00:00Z' GIT_CONFIG_NOSYSTEM=1
umask 022

mounted() { # waits for the server, which may go to the background before it has mounted
    for i in $(seq 100); do grep -q " $PWD/$1 fuse" /proc/mounts && return; sleep 0.1; done
    echo "$1 is not mounted"
}

unmounted() {
    for i in $(seq 100); do umount "$1" 2> /dev/null && break; sleep 0.1; done
    grep -q " $PWD/$1 fuse" /proc/mounts && echo "$1 is still mounted"
}

work() { # in an empty directory
    git init -q -b main r && cd r
    for i in $(seq 15); do echo "line $i" >> text; git add text; git commit -q -m "commit $i"; done
    git gc -q --aggressive && git fsck --strict 2>&1 | grep -v '^Checking'
    git log --oneline | wc -l; git rev-parse HEAD; cd ..
    git clone -q --no-hardlinks r c && git -C c status --short && git -C c rev-parse HEAD
    sqlite3 d.db 'pragma journal_mode=wal; pragma mmap_size=1000000; create table t(a integer primary key, b);
        with recursive n(i) as (select 1 union all select i+1 from n where i<2000) insert into t select i, hex(i*7919) from n;
        select count(*), sum(length(b)) from t; delete from t where a % 3 = 0; vacuum; pragma integrity_check;'
    sqlite3 d.db 'pragma mmap_size=1000000; select count(*), min(b), max(b) from t;'
    for i in 1 2 3 4 5 6; do printf 'int f%d(void) { return %d; }\n' $i $i > f$i.c; done
    printf '#include <stdio.h>\nint main(void) { int s = 0; for (int i = 0; i < 7; i++) s += i; return printf("built %%d\\n", s) < 0; }\n' > main.c
    printf 'all: prog\nprog: main.o f1.o f2.o f3.o f4.o f5.o f6.o\n\t$(CC) -o $@ $^\n' > Makefile
    make -s -j4 && ./prog
    python3 - <<'END'
import mmap, os
with open('mapped', 'w+b') as file:
    file.truncate(100000)
    pages = mmap.mmap(file.fileno(), 100000)
    for i in range(0, 100000, 1000):
        pages[i:i + 5] = b'%05d' % i
    file.seek(99000)
    print(file.read(5))
    os.pwrite(file.fileno(), b'written', 50000)
    print(pages[50000:50007])
    pages.flush()
    pages.close()
print(open('mapped', 'rb').read().count(b'\0'), os.stat('mapped').st_size)
os.rename('mapped', 'moved')
os.symlink('moved', 'link')
print(sorted(os.listdir('.')), open('link', 'rb').read(5))
END
}

echo "== bindfs"
mkdir s m
bindfs s m && mounted m && (cd m && work)
cmp s/moved m/moved && sha256sum < m/d.db | cmp - /dev/stdin <<END && echo same
$(sha256sum < s/d.db)
END
unmounted m; ls -A m; rm -rf s

echo "== fuse-overlayfs"
mkdir -p l1/d l2/d u w
echo one > l1/a; echo two > l2/a; echo low > l2/b; echo deep > l2/d/x; cp /bin/true l2/run
fuse-overlayfs -o lowerdir=l1:l2,upperdir=u,workdir=w m && mounted m
(cd m && cat a b d/x && ./run && rm b d/x && echo more >> a && mv d e 2>&1; mkdir n && cd n && work)
(cd m && ls; cat a)
unmounted m; (cd u && ls -l b | cut -c1 && cat a); cat l1/a; rm -rf u w l1 l2

echo "== squashfuse"
mkdir -p s/d; seq 100000 > s/d/numbers; cp /bin/echo s/run; ln -s d/numbers s/link
mksquashfs s image -quiet -no-progress > /dev/null
squashfuse image m && mounted m
(cd m && cmp link ../s/d/numbers && ./run runs && ls && tail -n 1 link && wc -c < d/numbers; echo x 2> /dev/null > f || echo read-only)
unmounted m; rm -rf s image

echo "== unionfs"
mkdir a b; echo from-b > b/f; echo from-a > a/g
unionfs -o cow a=RW:b=RO m && mounted m
(cd m && cat f g && echo changed > f && cat f && mkdir n && cd n && work)
unmounted m; cat a/f b/f; rm -rf a b

echo "== gocryptfs"
mkdir c; gocryptfs -q -init -scryptn 10 -extpass 'echo word' c > /dev/null
gocryptfs -q -extpass 'echo word' c m && mounted m
(cd m && mkdir n && cd n && work)
ls c | wc -l
unmounted m
