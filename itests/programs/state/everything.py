"""Opens one of everything that a process can hold, tells so, waits for SIGUSR1 and
then checks that all of it still works. Run with an argument N, it does the second
part N times, each after one more SIGUSR1. Prints one line for each failure."""

import array
import base64
import ctypes
import fcntl
import mmap
import os
import pty
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib

libc = ctypes.CDLL(None, use_errno=True)
if os.getpid() != 1:
    sys.exit("it mounts and makes what outlives it: for a sandbox, as its first process")
rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 1
failures = []


def check(what, good):
    if not good:
        failures.append(what)
        print("FAILED:", what, flush=True)


def call(name, *arguments):
    result = getattr(libc, name)(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result


def text(path):
    with open(path, "rb") as file:
        return file.read()


class Parts:
    """Everything by name: a part is a function that is called to check it."""

    def __init__(self):
        self.checks = []

    def add(self, function):
        self.checks.append(function)
        return function


parts = Parts()
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGUSR2, signal.SIGRTMIN})
os.makedirs("/srv", exist_ok=True)
home = tempfile.mkdtemp(dir="/srv")

# --- files of each file system ---------------------------------------------------------------
tmp = open("/tmp/file", "w+b", buffering=0)
tmp.write(b"tmpfs content")
os.unlink("/tmp/file")
upper = open(home + "/file", "w+b", buffering=0)
upper.write(b"x" * 5000)
lower = os.open("/etc/hostname", os.O_RDONLY) if os.path.exists("/etc/hostname") else None
passwd = open("/etc/passwd", "rb", buffering=0)
first_line = passwd.read(10)
sparse = open("/tmp/sparse", "w+b", buffering=0)
os.pwrite(sparse.fileno(), b"end", 1 << 30)
os.link("/tmp/sparse", "/tmp/linked")
os.symlink("linked", "/tmp/symbolic")
os.mkfifo("/tmp/fifo")
os.mknod(home + "/node", 0o600 | 0o020000, os.makedev(1, 3))
os.setxattr("/tmp/sparse", "user.note", b"kept") if hasattr(os, "setxattr") else None
acl = struct.pack("<I" + "HHI" * 5, 2, 1, 6, 0, 2, 7, 1001, 4, 4, 0, 16, 5, 0, 32, 0, 0)
os.mkdir("/tmp/listed")
os.setxattr("/tmp/listed", "system.posix_acl_default", acl)
os.setxattr("/tmp/sparse", "system.posix_acl_access", acl)
proc_status = open("/proc/self/status", "rb", buffering=0)
proc_fds = os.open("/proc/self/fd", os.O_RDONLY | os.O_DIRECTORY)
proc_task = os.open("/proc/self/task", os.O_RDONLY | os.O_DIRECTORY)
proc_memory = open("/proc/self/mem", "rb", buffering=0)
sys_cpus = open("/sys/devices/system/cpu/online", "rb", buffering=0)
sys_memory = open("/sys/devices/system/node/node0/meminfo", "rb", buffering=0)
sys_directory = os.open("/sys/devices", os.O_RDONLY | os.O_DIRECTORY)
mapped_files = os.open("/proc/self/map_files", os.O_RDONLY | os.O_DIRECTORY)
devices = {name: os.open("/dev/" + name, os.O_RDWR) for name in ("null", "zero", "full", "urandom")}
dev_directory = os.open("/dev", os.O_RDONLY | os.O_DIRECTORY)
etc_directory = os.open("/etc", os.O_RDONLY | os.O_DIRECTORY)
path_only = os.open("/usr", os.O_PATH)
path_only_tmp = os.open("/tmp", os.O_PATH)
scan = os.scandir("/usr/bin")
next(scan)
handle = (ctypes.c_uint8 * 20)(12)
mount_id = ctypes.c_int()
libc.name_to_handle_at(-100, b"/tmp/sparse", handle, ctypes.byref(mount_id), 0)


@parts.add
def files():
    fd = call("open_by_handle_at", path_only_tmp, handle, os.O_RDONLY)
    check("a handle leads to its file", os.pread(fd, 3, 1 << 30) == b"end")
    os.close(fd)
    tmp.seek(0)
    check("tmpfs file keeps its bytes", tmp.read() == b"tmpfs content")
    check("overlay file keeps its position", upper.tell() >= 5000)
    upper.write(b"more")
    check("overlay file grows", os.fstat(upper.fileno()).st_size == upper.tell())
    check("overlay file by name", len(text(home + "/file")) == upper.tell())
    passwd.seek(0)
    check("lower file", passwd.read(10) == first_line)
    check("sparse end", os.pread(sparse.fileno(), 3, 1 << 30) == b"end")
    check("hard link", os.stat("/tmp/linked").st_ino == os.fstat(sparse.fileno()).st_ino)
    check("symbolic link", os.stat("/tmp/symbolic").st_nlink == 2)
    check("attribute", os.getxattr("/tmp/sparse", "user.note") == b"kept")
    check("access list", os.getxattr("/tmp/sparse", "system.posix_acl_access")[14:16] == acl[14:16])
    check("mode of the list", os.stat("/tmp/sparse").st_mode & 0o777 == 0o650)
    check("default list", len(os.getxattr("/tmp/listed", "system.posix_acl_default")) == len(acl))
    check("new file", write_and_read(home + "/new", b"new") == b"new")
    check("new temporary", write_and_read("/tmp/new", b"new") == b"new")
    os.rename(home + "/new", home + "/renamed")
    check("rename", text(home + "/renamed") == b"new")
    os.unlink(home + "/renamed")
    check("unlinked", not os.path.exists(home + "/renamed"))
    if lower is not None:
        os.lseek(lower, 0, os.SEEK_SET)
        os.read(lower, 10)
    check("directory of etc", "passwd" in os.listdir(etc_directory))
    check("O_PATH", os.path.isdir("/proc/self/fd/%d" % path_only))


def write_and_read(path, data):
    with open(path, "wb") as file:
        file.write(data)
    return text(path)


@parts.add
def pseudo_files():
    proc_status.seek(0)
    check("proc status", b"Pid:" in proc_status.read())
    check("proc descriptors", str(tmp.fileno()) in os.listdir(proc_fds))
    check("proc threads", str(os.getpid()) in os.listdir(proc_task))
    check("proc maps", b"[stack]" in text("/proc/self/maps"))
    check("proc mounts", b"tmpfs" in text("/proc/self/mounts"))
    buffer = ctypes.create_string_buffer(b"memory")
    proc_memory.seek(ctypes.addressof(buffer))
    check("proc memory", proc_memory.read(6) == b"memory")
    sys_cpus.seek(0)
    check("sys cpus", sys_cpus.read().startswith(b"0"))
    sys_memory.seek(0)
    check("sys memory", b"MemTotal" in sys_memory.read())
    check("sys directory", "system" in os.listdir(sys_directory))
    check("mapped files", len(os.listdir(mapped_files)) > 3)
    check("zero", os.read(devices["zero"], 4) == bytes(4))
    check("null", os.write(devices["null"], b"x") == 1)
    check("random", len(os.read(devices["urandom"], 16)) == 16)
    check("dev directory", "null" in os.listdir(dev_directory))
    with open("/dev/null", "wb") as null:
        check("null again", null.write(b"x") == 1)
    check("node", os.read(os.open(home + "/node", os.O_RDONLY), 1) == b"")


# --- the kernel's log -----------------------------------------------------------------------
READ_ALL, CLEAR, SIZE_UNREAD = 3, 5, 9


def say(words):
    with open("/dev/kmsg", "wb", buffering=0) as log:
        log.write(words)


def put_setting(name, value):
    with open("/proc/sys/kernel/" + name, "wb", buffering=0) as file:
        file.write(value)


log_messages = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
log_consumed = os.open("/proc/kmsg", os.O_RDONLY | os.O_NONBLOCK)
say(b"<13>hidden")
libc.klogctl(CLEAR, None, 0)
say(b"<29>kept message")
os.lseek(log_messages, 0, os.SEEK_END)
while libc.klogctl(SIZE_UNREAD, None, 0) > 0:
    os.read(log_consumed, 1 << 17)
say(b"<13>in the log")
os.read(log_consumed, 3)
put_setting("printk", b"6 3 2 5")
put_setting("dmesg_restrict", b"0")
log_words = [b"in the log"]


@parts.add
def kernel_log():
    message = os.read(log_messages, 8192)
    check("message", message.startswith(b"13,") and message.endswith(b",-;" + log_words[0] + b"\n"))
    rest = os.read(log_consumed, 8192)
    check("rest of a message", rest.startswith(b">[") and rest.endswith(b"] " + log_words[0] + b"\n"))
    check("all taken", libc.klogctl(SIZE_UNREAD, None, 0) == 0)
    buffer = ctypes.create_string_buffer(1 << 17)
    size = libc.klogctl(READ_ALL, buffer, len(buffer))
    log = buffer.raw[:size]
    check("kept messages", b"<29>[" in log and b"] kept message\n" in log and b"hidden" not in log)
    check("console levels", text("/proc/sys/kernel/printk") == b"6\t3\t2\t5\n")
    check("who reads the log", text("/proc/sys/kernel/dmesg_restrict") == b"0\n")
    log_words[0] = b"again %d" % time.monotonic_ns()
    say(b"<13>" + log_words[0])
    os.read(log_consumed, 3)


# --- pipes, sockets -------------------------------------------------------------------------
pipe_read, pipe_write = os.pipe()
os.write(pipe_write, b"in the pipe")
F_SETPIPE_SZ = 1031
large_read, large_write = os.pipe()
fcntl.fcntl(large_write, F_SETPIPE_SZ, 1 << 20)
os.write(large_write, bytes(1 << 20))
fifo_read = os.open("/tmp/fifo", os.O_RDONLY | os.O_NONBLOCK)
fifo_write = os.open("/tmp/fifo", os.O_WRONLY)
os.write(fifo_write, b"in the fifo")
stream = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
stream[0].send(b"in the socket")
packets = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
packets[0].send(b"one")
packets[0].send(b"two")
listener = socket.socket(socket.AF_UNIX)
listener.bind(home + "/socket")
listener.listen(5)
waiting = socket.socket(socket.AF_UNIX)
waiting.connect(home + "/socket")
waiting.send(b"before accept")
abstract = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
abstract.bind("\0everything")
sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sender.sendto(b"datagram", "\0everything")
rights = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
flying = os.open("/tmp/flying", os.O_RDWR | os.O_CREAT)
os.write(flying, b"sent along")
socket.send_fds(rights[0], [b"f"], [flying])
os.close(flying)
urgent = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
urgent[0].send(b"plain")
urgent[0].send(b"!", socket.MSG_OOB)
SO_MARK, SO_PEEK_OFF, SO_PASSRIGHTS = 36, 42, 83
OPTIONS = {SO_MARK: 7, SO_PEEK_OFF: 2, socket.SO_RCVLOWAT: 5, socket.SO_OOBINLINE: 0, SO_PASSRIGHTS: 0}
for option, value in OPTIONS.items():
    urgent[1].setsockopt(socket.SOL_SOCKET, option, value)
SO_ATTACH_FILTER, SO_GET_FILTER = 26, 26
filtered = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
cut_to_three = array.array("Q", [0x3_0000_0006])  # BPF_RET | BPF_K
filtered[1].setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HxxxxxxQ", 1, cut_to_three.buffer_info()[0]))
filtered[0].send(b"before")
netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
netlink.bind((0, 0))
netlink.send(struct.pack("IHHII", 17, 18, 0x301, 9, 0) + b"\0")  # RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP
netlink_port = netlink.getsockname()[0]
groups = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 2)
groups.bind((4711, 4))
speaker = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 2)
speaker.bind((4712, 0))
speaker.sendto(b"to the group", (4711, 0))


def lose():
    """A pipe whose writing end lies in the queue of a socket that lies there, too."""
    reader, writer = os.pipe()
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    socket.send_fds(ends[0], [b"x"], [ends[0].fileno(), ends[1].fileno(), writer])
    for end in ends:
        end.close()
    os.close(writer)
    return reader


lost = [lose()]


def kernel_kib():
    """What the kernel holds for the sandbox."""
    with open("/proc/meminfo") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("Slab:"))


@parts.add
def streams():
    check("urgent", urgent[1].recv(9, socket.MSG_OOB | socket.MSG_PEEK) == b"!")
    check("options", all(urgent[1].getsockopt(socket.SOL_SOCKET, o) == v for o, v in OPTIONS.items()))
    links = netlink.recv(65536)
    check("dump of links", struct.unpack_from("IHHII", links)[1:] == (16, 2, 9, netlink_port) and b"lo\0" in links)
    check("end of the dump", netlink.recv(65536)[4:8] == b"\3\0\2\0")
    netlink.send(struct.pack("IHHII", 17, 18, 0x301, 9, 0) + b"\0")
    check("netlink message", groups.recvfrom(99) == (b"to the group", (4712, 0)))
    speaker.sendto(b"to the group", (4711, 0))
    check("netlink name", groups.getsockname() == (4711, 4))
    check("what a filter let through", filtered[1].recv(9) == b"bef")
    filtered[0].send(b"before")
    check("filter", filtered[1].getsockopt(socket.SOL_SOCKET, SO_GET_FILTER, 64) == b"\x06")
    check("peek offset", urgent[1].recv(2, socket.MSG_PEEK) == b"ai")
    urgent[1].setsockopt(socket.SOL_SOCKET, SO_PEEK_OFF, OPTIONS[SO_PEEK_OFF])
    check("unreceived", fcntl.ioctl(urgent[0], 0x5411, b"    ") != bytes(4))
    for end in socket.socketpair():
        end.close()
    check("lost sockets are found", os.read(lost.pop(), 1) == b"")
    lost.append(lose())
    check("pipe", os.read(pipe_read, 100) == b"in the pipe")
    before = kernel_kib()
    check("bytes of the large pipe", len(os.read(large_read, 1 << 20)) == 1 << 20)
    check("memory of the large pipe comes back", before >= 1024 and kernel_kib() < before - 900)
    os.write(large_write, bytes(1 << 20))
    check("and is counted again", kernel_kib() > before - 100)
    os.write(pipe_write, b"in the pipe")
    check("fifo", os.read(fifo_read, 100) == b"in the fifo")
    os.write(fifo_write, b"in the fifo")
    other = os.open("/tmp/fifo", os.O_RDONLY | os.O_NONBLOCK)
    check("fifo opened again", os.read(other, 100) == b"in the fifo")
    os.close(other)
    os.write(fifo_write, b"in the fifo")
    check("stream", stream[1].recv(100) == b"in the socket")
    stream[0].send(b"in the socket")
    check("packet", packets[1].recv(100) in (b"one", b"two"))
    packets[0].send(b"one")
    check("datagram", abstract.recv(100) == b"datagram")
    sender.sendto(b"datagram", "\0everything")
    client = socket.socket(socket.AF_UNIX)
    client.connect(home + "/socket")
    client.send(b"before accept")
    accepted, _ = listener.accept()
    check("accepted", accepted.recv(100) == b"before accept")
    accepted.close()
    client.close()
    _, fds, _, _ = socket.recv_fds(rights[1], 1, 1)
    check("rights", os.pread(fds[0], 20, 0) == b"sent along")
    socket.send_fds(rights[0], [b"f"], fds)
    os.close(fds[0])


# --- event files ----------------------------------------------------------------------------
event = os.eventfd(3)
poller = select.epoll()
edge = select.epoll()
edge_read, edge_write = os.pipe()
os.write(edge_write, b"e")
edge.register(edge_read, select.EPOLLIN | select.EPOLLET)
edge.poll(0)
poller.register(event, select.EPOLLIN)
poller.register(pipe_read, select.EPOLLIN)
poller.register(stream[1].fileno(), select.EPOLLIN)
poller.register(edge.fileno(), select.EPOLLIN)
timer = call("timerfd_create", 1, 0o4000)


class Timespec(ctypes.Structure):
    _fields_ = [("sec", ctypes.c_long), ("nsec", ctypes.c_long)]


class Itimerspec(ctypes.Structure):
    _fields_ = [("interval", Timespec), ("value", Timespec)]


call("timerfd_settime", timer, 0, ctypes.byref(Itimerspec(Timespec(0, 50000000), Timespec(0, 50000000))), None)
far = call("timerfd_create", 1, 0o4000)
call("timerfd_settime", far, 0, ctypes.byref(Itimerspec(Timespec(0, 0), Timespec(100000, 0))), None)
poller.register(timer, select.EPOLLIN)
mask = ctypes.create_string_buffer(128)
libc.sigemptyset(mask)
libc.sigaddset(mask, int(signal.SIGUSR2))
signals = call("signalfd", -1, mask, 0o4000)
os.kill(os.getpid(), signal.SIGUSR2)
notify = call("inotify_init1", 0o4000)
call("inotify_add_watch", notify, home.encode(), 0x100)
call("inotify_add_watch", notify, b"/tmp", 0x100)
open(home + "/noticed", "w").close()
memfd = os.memfd_create("everything", os.MFD_ALLOW_SEALING)
os.write(memfd, b"memory file")
fcntl.fcntl(memfd, 1033, 1)
pid_file = os.pidfd_open(os.getpid())
poller.register(pid_file, select.EPOLLIN)


@parts.add
def events():
    ready = {fd for fd, _ in poller.poll(2)}
    check("epoll tells event, pipe, stream", {event, pipe_read, stream[1].fileno()} <= ready)
    check("edge was told before", edge.poll(0) == [])
    os.write(edge_write, b"e")
    check("edge is told", edge.poll(1) != [])
    check("eventfd", os.eventfd_read(event) == 3)
    os.eventfd_write(event, 3)
    deadline = time.monotonic() + 5
    while not {timer} & {fd for fd, _ in poller.poll(1)} and time.monotonic() < deadline:
        pass
    check("timerfd expires", struct.unpack("Q", os.read(timer, 8))[0] >= 1)
    left = Itimerspec()
    call("timerfd_gettime", far, ctypes.byref(left))
    check("far timer keeps its deadline", 99000 < left.value.sec < 100000)
    check("signalfd", struct.unpack("I", os.read(signals, 128)[:4])[0] == signal.SIGUSR2)
    os.kill(os.getpid(), signal.SIGUSR2)
    check("inotify", len(os.read(notify, 4096)) >= 16)
    open(home + "/noticed%d" % time.monotonic_ns(), "w").close()
    check("memfd", os.pread(memfd, 100, 0) == b"memory file")
    check("seals", fcntl.fcntl(memfd, 1034) & 1 == 1)


# --- memory ---------------------------------------------------------------------------------
private = mmap.mmap(-1, 1 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
private[:7] = b"private"
shared = mmap.mmap(-1, 1 << 16)
shared[:6] = b"shared"
mapped_file = open("/tmp/mapped", "w+b", buffering=0)
mapped_file.write(b"m" * 10000)
mapping = mmap.mmap(mapped_file.fileno(), 10000)
private_file = mmap.mmap(passwd.fileno(), 100, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
private_file[:4] = b"copy"
memory_of_memfd = mmap.mmap(memfd, 11)


@parts.add
def memory():
    check("private memory", private[:7] == b"private")
    private[500000] = 1
    check("shared memory", shared[:6] == b"shared")
    mapping[:5] = b"wrote"
    check("mapping reaches the file", os.pread(mapped_file.fileno(), 5, 0) == b"wrote")
    os.pwrite(mapped_file.fileno(), b"other", 5000)
    check("file reaches the mapping", mapping[5000:5005] == b"other")
    check("private file mapping", private_file[:4] == b"copy")
    check("mapped memfd", memory_of_memfd[:6] == b"memory")
    fresh = mmap.mmap(-1, 1 << 22)
    fresh[1 << 21] = 7
    fresh.close()
    child = os.fork()
    if child == 0:
        good = private[:7] == b"private"
        private[:7] = b"changed"
        shared[10:15] = b"child"
        os._exit(0 if good else 1)
    check("child", os.waitpid(child, 0)[1] == 0)
    check("copy on write", private[:7] == b"private")
    check("child's shared memory", shared[10:15] == b"child")



# --- huge pages of hugetlbfs ------------------------------------------------------------------
HUGE = 2 << 20
MAP_HUGETLB = 0x40000


def pool(field):
    lines = text("/proc/meminfo").decode().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("HugePages_" + field))


with open("/proc/sys/vm/nr_hugepages", "w") as setting:
    setting.write("6")
huge_flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_HUGETLB
huge_private = mmap.mmap(-1, HUGE, flags=huge_flags)
huge_promised = mmap.mmap(-1, HUGE, flags=huge_flags)
huge_private[HUGE - 4:HUGE] = b"huge"
huge_memfd = os.memfd_create("huge", 4)
os.ftruncate(huge_memfd, 2 * HUGE)
huge_shared = mmap.mmap(huge_memfd, 2 * HUGE)
huge_shared[5:9] = b"page"
huge_segment = call("shmget", 0, HUGE, 0o4600)
os.makedirs("/srv/huge")
call("mount", b"none", b"/srv/huge", b"hugetlbfs", 0, b"size=4M")
huge_file = os.open("/srv/huge/file", os.O_RDWR | os.O_CREAT)


@parts.add
def huge_pages():
    global huge_promised
    check("pool of huge pages", (pool("Total"), pool("Free"), pool("Rsvd")) == (6, 4, 3))
    check("private huge page", huge_private[HUGE - 4:HUGE] == b"huge")
    check("huge page of a memfd", os.pread(huge_memfd, 4, 5) == b"page")
    huge_shared[5:9] = b"more"
    check("mapped huge page of a memfd", os.pread(huge_memfd, 4, 5) == b"more")
    huge_shared[5:9] = b"page"
    child = os.fork()
    if child == 0:
        huge_private[0] = 1
        os._exit(0 if pool("Free") == 3 and huge_private[HUGE - 1] == ord("e") else 1)
    check("fork copies a huge page", os.waitpid(child, 0)[1] == 0)
    check("promise of a huge page", huge_promised[0] == 0 and pool("Rsvd") == 2)
    huge_promised.close()
    huge_promised = mmap.mmap(-1, HUGE, flags=huge_flags)
    os.posix_fallocate(huge_file, 0, HUGE)
    check("hugetlbfs", os.statvfs("/srv/huge").f_bfree == 1)
    os.truncate("/srv/huge/file", 0)
    check("huge pages come back", pool("Free") == 4)

# --- marks of memory --------------------------------------------------------------------------
MSEAL, GUARD = 462, 102
marked = mmap.mmap(-1, 4 * 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
marked_at = ctypes.addressof(ctypes.c_char.from_buffer(marked))
call("syscall", ctypes.c_long(MSEAL), ctypes.c_void_p(marked_at), ctypes.c_size_t(4096), ctypes.c_long(0))
call("madvise", ctypes.c_void_p(marked_at + 8192), ctypes.c_size_t(4096), GUARD)


@parts.add
def memory_marks():
    sealed = libc.munmap(ctypes.c_void_p(marked_at), ctypes.c_size_t(4096))
    check("sealed memory", sealed == -1 and ctypes.get_errno() == 1)
    zeros = os.open("/dev/zero", os.O_RDONLY)
    guarded = libc.read(zeros, ctypes.c_void_p(marked_at + 8192), ctypes.c_size_t(1))
    check("guard page", guarded == -1 and ctypes.get_errno() == 14)
    check("memory beside it", libc.read(zeros, ctypes.c_void_p(marked_at + 12288), ctypes.c_size_t(1)) == 1)
    os.close(zeros)


# --- secret memory ----------------------------------------------------------------------------
secret = call("syscall", ctypes.c_long(447), ctypes.c_long(0))
os.ftruncate(secret, 8192)
secret_memory = mmap.mmap(secret, 8192)
secret_memory[:6] = b"secret"
secret_at = ctypes.addressof(ctypes.c_char.from_buffer(secret_memory))


@parts.add
def secrets():
    check("secret memory", secret_memory[:6] == b"secret" and secret_memory[4096] == 0)
    check("secret file", mmap.mmap(secret, 4096)[:6] == b"secret" and os.fstat(secret).st_size == 8192)
    with open("/proc/self/mem", "rb", buffering=0) as whole:
        whole.seek(secret_at)
        try:
            check("secret from debuggers", whole.read(6) is None)
        except OSError as refused:
            check("secret from debuggers", refused.errno == 5)


# --- facts about memory -----------------------------------------------------------------------
PR_SET_TIMERSLACK, PR_GET_TIMERSLACK = 29, 30
page_map = os.open("/proc/self/pagemap", os.O_RDONLY)
memory_maps = os.open("/proc/self/maps", os.O_RDONLY)
call("prctl", PR_SET_TIMERSLACK, ctypes.c_ulong(4711), 0, 0, 0)


@parts.add
def facts_about_memory():
    entry = struct.unpack("Q", os.pread(page_map, 8, secret_at // 4096 * 8))[0]
    check("page map", entry >> 61 == 5)
    query = bytearray(struct.pack("QQQ", 104, 0, secret_at) + bytes(80))
    fcntl.ioctl(memory_maps, 0xc0686611, query)
    check("maps", struct.unpack_from("Q", query, 24)[0] <= secret_at and os.pread(memory_maps, 4096, 0).count(b"\n") > 8)
    check("timer slack", call("prctl", PR_GET_TIMERSLACK, 0, 0, 0, 0) == 4711)


# --- memory policies --------------------------------------------------------------------------
SET_POLICY, GET_POLICY, MBIND, BIND, INTERLEAVE, STATIC, BY_ADDRESS = 238, 239, 237, 2, 3, 1 << 15, 2
bound = mmap.mmap(-1, 4 * 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
bound_at = ctypes.addressof(ctypes.c_char.from_buffer(bound))
nodes = ctypes.byref(ctypes.c_ulong(3))
call("syscall", ctypes.c_long(SET_POLICY), ctypes.c_long(INTERLEAVE | STATIC), nodes, ctypes.c_long(64))
call("syscall", ctypes.c_long(MBIND), ctypes.c_void_p(bound_at), ctypes.c_size_t(8192), ctypes.c_long(BIND), nodes,
     ctypes.c_long(64), ctypes.c_long(0))

bound_shared = mmap.mmap(-1, 4 * 4096)
bound_shared_at = ctypes.addressof(ctypes.c_char.from_buffer(bound_shared))
call("syscall", ctypes.c_long(MBIND), ctypes.c_void_p(bound_shared_at + 4096), ctypes.c_size_t(4096),
     ctypes.c_long(BIND | STATIC), nodes, ctypes.c_long(64), ctypes.c_long(0))


def policy_of(address, flags):
    mode, mask = ctypes.c_int(-1), ctypes.c_ulong(0)
    call("syscall", ctypes.c_long(GET_POLICY), ctypes.byref(mode), ctypes.byref(mask), ctypes.c_long(64),
         ctypes.c_void_p(address), ctypes.c_long(flags))
    return mode.value, mask.value


@parts.add
def memory_policies():
    check("policy of the task", policy_of(None, 0) == (INTERLEAVE | STATIC, 3))
    check("policy of an area", policy_of(bound_at + 4096, BY_ADDRESS) == (BIND, 1))
    check("policy of shared memory", policy_of(bound_shared_at + 4096, BY_ADDRESS) == (BIND | STATIC, 3))
    check("policy beside shared memory", policy_of(bound_shared_at, BY_ADDRESS) == (0, 0))
    check("policy beside it", policy_of(bound_at + 8192, BY_ADDRESS) == (0, 0))


# --- io_uring ---------------------------------------------------------------------------------
class Uring:
    """A ring with raw calls: submits one entry at a time."""

    SETUP, ENTER = 425, 426

    def __init__(self):
        params = bytearray(120)
        buffer = (ctypes.c_char * 120).from_buffer(params)
        self.fd = libc.syscall(self.SETUP, 8, buffer)
        self.missing = self.fd < 0
        if self.missing:
            return
        sq = struct.unpack_from("8I", params, 40)
        cq = struct.unpack_from("8I", params, 80)
        self.rings = mmap.mmap(self.fd, max(sq[6] + 32, cq[5] + 16 * 16))
        self.entries = mmap.mmap(self.fd, 8 * 64, offset=0x10000000)
        self.sq_tail, self.array, self.cq_head, self.cq_tail, self.cqes = sq[1], sq[6], cq[0], cq[1], cq[5]

    def word(self, at):
        return struct.unpack_from("I", self.rings, at)[0]

    def submit(self, opcode, fd, address, length, data, offset=0, more=0, personality=0, flags=0):
        tail = self.word(self.sq_tail)
        entry = struct.pack(
            "BBHiQQIIQHHIQ8x", opcode, flags, 0, fd, offset, address, length, 0, data, 0, personality, 0, more
        )
        self.entries[tail % 8 * 64 : tail % 8 * 64 + 64] = entry
        struct.pack_into("I", self.rings, self.array + tail % 8 * 4, tail % 8)
        struct.pack_into("I", self.rings, self.sq_tail, tail + 1)
        check("submission", libc.syscall(self.ENTER, self.fd, 1, 0, 0, None, 0) == 1)

    def take(self):
        head = self.word(self.cq_head)
        while self.word(self.cq_tail) == head:
            libc.syscall(self.ENTER, self.fd, 0, 1, 1, None, 0)
        data, result = struct.unpack_from("Qi", self.rings, self.cqes + head % 16 * 16)
        struct.pack_into("I", self.rings, self.cq_head, head + 1)
        return data, result


uring = Uring()
uring_text = ctypes.create_string_buffer(16)
uring_read, uring_write = os.pipe()
uring_late = (ctypes.c_longlong * 2)(100000, 0)
uring_word = ctypes.c_int(0)


def uring_futex():
    """Waits for the word: IORING_OP_FUTEX_WAIT."""
    uring.submit(51, 2, ctypes.addressof(uring_word), 0, 4, more=0xFFFFFFFF)


if not uring.missing:
    uring_who = call("syscall", 427, uring.fd, 9, None, 0)
    uring_futex()
    uring.submit(22, uring_read, ctypes.addressof(uring_text), 16, 1)
    uring.submit(11, -1, ctypes.addressof(uring_late), 1, 2)


# a ring that has a number, and no descriptor any more; its size is another one
numbered = libc.syscall(425, 8, (ctypes.c_uint * 30)(0, 0, 1 << 12 | 1 << 13))
if numbered >= 0:
    numbered_slot = (ctypes.c_uint * 4)(5, 0, numbered, 0)
    check("number", libc.syscall(427, numbered, 20, ctypes.byref(numbered_slot), 1) == 1)
    check("other size", libc.syscall(427, numbered, 33, (ctypes.c_uint * 30)(32), 1) == 0)
    os.close(numbered)


@parts.add
def numbers():
    if uring.missing:
        return
    check("by its number", libc.syscall(426, 5, 0, 0, 1 << 4, None, 0) == 0)
    check("no other number", libc.syscall(426, 6, 0, 0, 1 << 4, None, 0) == -1 and ctypes.get_errno() == 9)


# a ring with a tagged file that an operation keeps, whose vector is gone
tagged = Uring() if not uring.missing else uring
tagged_read, tagged_write = os.pipe()
tagged_text = ctypes.create_string_buffer(8)


def tagged_start():
    """Puts the pipe into slot 0, reads from it by a vector that changes, and empties the slot."""
    number = ctypes.c_int(tagged_read)
    tag = ctypes.c_ulonglong(77)
    change = (ctypes.c_ulonglong * 4)(0, ctypes.addressof(number), ctypes.addressof(tag), 1)
    check("tagged file", libc.syscall(427, tagged.fd, 14, ctypes.byref(change), 32) == 1)
    vector = (ctypes.c_ulonglong * 2)(ctypes.addressof(tagged_text), 8)
    tagged.submit(1, 0, ctypes.addressof(vector), 1, 6, flags=1)
    vector[0] = 1
    number.value, tag.value = -1, 0
    check("gone from its slot", libc.syscall(427, tagged.fd, 14, ctypes.byref(change), 32) == 1)


if not uring.missing:
    tagged_slots = (ctypes.c_ulonglong * 4)(1 << 32 | 2, 0, 0, 0)
    check("slots", libc.syscall(427, tagged.fd, 13, ctypes.byref(tagged_slots), 32) == 0)
    tagged_start()


@parts.add
def tagged_files():
    if uring.missing:
        return
    os.write(tagged_write, b"tag")
    check("its read", tagged.take() == (6, 3))
    check("what it read", tagged_text.raw[:3] == b"tag")
    check("its tag", tagged.take() == (77, 0))
    tagged_start()


@parts.add
def rings():
    if uring.missing:
        return
    check("waiter for a futex", libc.syscall(202, ctypes.byref(uring_word), 1, 9, None, None, 0) == 1)
    check("its wake-up", uring.take() == (4, 0))
    uring.submit(28, -1, 0, 0, 5, personality=uring_who + 1)
    check("unknown personality", uring.take() == (5, -22))
    uring.submit(0, -1, 0, 0, 5, personality=uring_who)
    check("personality", uring.take() == (5, 0))
    os.write(uring_write, b"for the ring")
    check("waiting operation", uring.take() == (1, 12))
    check("its data", uring_text.raw[:12] == b"for the ring")
    uring.submit(12, -1, 2, 0, 3)
    ended = sorted([uring.take(), uring.take()])
    check("waiting timeout: %s" % ended, ended == [(2, -125), (3, 0)])
    uring_futex()
    uring.submit(22, uring_read, ctypes.addressof(uring_text), 16, 1)
    uring.submit(11, -1, ctypes.addressof(uring_late), 1, 2)


# --- userfaultfd ------------------------------------------------------------------------------
UFFDIO_API, UFFDIO_REGISTER, UFFDIO_COPY = 0xC018AA3F, 0xC020AA00, 0xC028AA03
userfault = libc.syscall(323, os.O_NONBLOCK | 1)
missing = mmap.mmap(-1, 64 * 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
missing_at = ctypes.addressof(ctypes.c_char.from_buffer(missing))
missing_next = [0]
if userfault >= 0:
    fcntl.ioctl(userfault, UFFDIO_API, struct.pack("3Q", 0xAA, 0, 0))
    fcntl.ioctl(userfault, UFFDIO_REGISTER, struct.pack("4Q", missing_at, 64 * 4096, 1, 0))


@parts.add
def missing_pages():
    if userfault < 0:
        return
    page = missing_at + 4096 * missing_next[0]
    zeros = os.open("/dev/zero", os.O_RDONLY)
    absent = libc.read(zeros, ctypes.c_void_p(page), ctypes.c_size_t(1))
    check("missing page", absent == -1 and ctypes.get_errno() == 14)
    os.close(zeros)
    content = ctypes.create_string_buffer(b"given", 4096)
    fcntl.ioctl(userfault, UFFDIO_COPY, struct.pack("5Q", page, ctypes.addressof(content), 4096, 0, 0))
    check("given page", missing[4096 * missing_next[0] : 4096 * missing_next[0] + 5] == b"given")
    missing_next[0] += 1


def registered(features, flags, modes):
    """64 pages whose faults another userfaultfd answers, but not those of the kernel."""
    fd = libc.syscall(323, os.O_NONBLOCK | 1)
    if fd < 0:
        return None
    area = mmap.mmap(-1, 64 * 4096, flags=flags | mmap.MAP_ANONYMOUS)
    at = ctypes.addressof(ctypes.c_char.from_buffer(area))
    fcntl.ioctl(fd, UFFDIO_API, struct.pack("3Q", 0xAA, features, 0))
    fcntl.ioctl(fd, UFFDIO_REGISTER, struct.pack("4Q", at, 64 * 4096, modes, 0))
    return fd, area, at


def refused(page):
    """Whether the kernel may not write there now."""
    zeros = os.open("/dev/zero", os.O_RDONLY)
    result = libc.read(zeros, ctypes.c_void_p(page), ctypes.c_size_t(1))
    os.close(zeros)
    return result == -1 and ctypes.get_errno() == 14


UFFDIO_WRITEPROTECT, UFFDIO_CONTINUE, UFFDIO_POISON = 0xC018AA06, 0xC020AA07, 0xC020AA08
protected = registered(1 << 13, mmap.MAP_PRIVATE, 2)
protected_next = [0]
if protected:
    protected[1][0:1] = b"p"
    fcntl.ioctl(protected[0], UFFDIO_WRITEPROTECT, struct.pack("3Q", protected[2], 64 * 4096, 1))


@parts.add
def protected_pages():
    if not protected:
        return
    page = protected[2] + 4096 * protected_next[0]
    check("protected page", refused(page) and refused(page + 4096))
    fcntl.ioctl(protected[0], UFFDIO_WRITEPROTECT, struct.pack("3Q", page, 4096, 0))
    check("page that is protected no more", not refused(page) and refused(page + 4096))
    protected_next[0] += 1


in_file = registered(1 << 10, mmap.MAP_SHARED, 4 | 1)
in_file_next = [0]
if in_file:
    fcntl.ioctl(in_file[0], UFFDIO_POISON, struct.pack("4Q", in_file[2] + 63 * 4096, 4096, 0, 0))


@parts.add
def pages_of_a_file():
    if not in_file:
        return
    page = in_file[2] + 4096 * in_file_next[0]
    content = ctypes.create_string_buffer(b"file", 4096)
    check("missing in the file", refused(page))
    fcntl.ioctl(in_file[0], UFFDIO_COPY, struct.pack("5Q", page, ctypes.addressof(content), 4096, 0, 0))
    libc.madvise(ctypes.c_void_p(page), ctypes.c_size_t(4096), 4)
    check("there in the file only", refused(page))
    fcntl.ioctl(in_file[0], UFFDIO_CONTINUE, struct.pack("4Q", page, 4096, 0, 0))
    check("its content", in_file[1][4096 * in_file_next[0] : 4096 * in_file_next[0] + 4] == b"file")
    try:
        poison = struct.pack("4Q", in_file[2] + 63 * 4096, 4096, 0, 0)
        fcntl.ioctl(in_file[0], UFFDIO_POISON, poison)
        check("poisoned page", False)
    except OSError as e:
        check("poisoned page: %s" % e, e.errno == 17)
    in_file_next[0] += 1


touched = registered(0, mmap.MAP_PRIVATE, 1)
touched_next = [0]
touched_byte = ctypes.create_string_buffer(2)


def touch_one():
    page = ctypes.c_void_p(touched[2] + 4096 * touched_next[0])
    thread = threading.Thread(target=libc.memcpy, args=(touched_byte, page, ctypes.c_size_t(1)), daemon=True)
    thread.start()
    check("message", select.select([touched[0]], [], [], 20)[0] != [])
    return thread


toucher = touch_one() if touched else None


@parts.add
def waiting_for_a_page():
    global toucher
    if not touched:
        return
    page = touched[2] + 4096 * touched_next[0]
    check("message there still", select.select([touched[0]], [], [], 20)[0] != [])
    message = os.read(touched[0], 32)
    check("fault", struct.unpack("4Q", message)[2] == page)
    content = ctypes.create_string_buffer(b"w", 4096)
    fcntl.ioctl(touched[0], UFFDIO_COPY, struct.pack("5Q", page, ctypes.addressof(content), 4096, 0, 0))
    toucher.join(20)
    check("waiting thread", not toucher.is_alive() and touched_byte.raw[:1] == b"w")
    touched_next[0] += 1
    toucher = touch_one()


# --- locks ----------------------------------------------------------------------------------
lock_file = open("/tmp/lock", "w+b")
fcntl.lockf(lock_file, fcntl.LOCK_EX, 10, 0)
flock_file = open(home + "/flock", "w+b")
fcntl.flock(flock_file, fcntl.LOCK_EX)


@parts.add
def locks():
    child = os.fork()
    if child == 0:
        try:
            fcntl.lockf(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 0)
            os._exit(1)
        except OSError:
            pass
        other = open(home + "/flock", "r+b")
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os._exit(2)
        except OSError:
            os._exit(0)
    check("locks are held", os.waitpid(child, 0)[1] == 0)


# --- System V IPC ---------------------------------------------------------------------------
libc.shmat.restype = ctypes.c_void_p
libc.shmdt.argtypes = [ctypes.c_void_p]
GETVAL, GETNCNT, SETVAL, SEM_UNDO, NOWAIT = 12, 14, 16, 0x1000, 0o4000
system_v = {"missing": libc.semget(0, 1, 0o600) < 0}


def patiently(name, *arguments):
    """Calls what a signal ends early in spite of SA_RESTART."""
    while True:
        result = getattr(libc, name)(*arguments)
        if result >= 0 or ctypes.get_errno() != 4:
            return result if result >= 0 else -ctypes.get_errno()


def operate(set_id, number, by, flags=0):
    return patiently("semop", set_id, struct.pack("HhH", number, by, flags), 1)


if not system_v["missing"]:
    segment = call("shmget", 0, 8192, 0o600)
    attached = (ctypes.c_char * 8192).from_address(libc.shmat(segment, None, 0))
    attached[0:7] = b"segment"
    call("shmctl", segment, 0, None)
    semaphores = call("semget", 0, 3, 0o600)
    call("semctl", semaphores, 0, SETVAL, 5)
    messages = call("msgget", 0, 0o600)
    call("msgsnd", messages, struct.pack("l4s", 7, b"kept"), 4, 0)
    semaphore_waiter = os.fork()
    if semaphore_waiter == 0:
        while operate(semaphores, 1, -1) == 0:
            if operate(semaphores, 2, 1) != 0:
                os._exit(1)
        os._exit(2)
    undoer = os.fork()
    if undoer == 0:
        operate(semaphores, 0, -2, SEM_UNDO)
        signal.pause()
    message_waiter = os.fork()
    if message_waiter == 0:
        while True:
            buffer = ctypes.create_string_buffer(100)
            if patiently("msgrcv", messages, buffer, 92, ctypes.c_long(9), 0) < 0:
                os._exit(1)
            libc.msgsnd(messages, struct.pack("l6s", 10, b"answer"), 6, 0)
    while libc.semctl(semaphores, 0, GETVAL) != 3 or libc.semctl(semaphores, 1, GETNCNT) != 1:
        time.sleep(0.01)


@parts.add
def system_v_objects():
    if system_v["missing"]:
        return
    check("segment", attached[0:7] == b"segment")
    second = libc.shmat(segment, None, 0)
    check("segment again", ctypes.string_at(second, 7) == b"segment")
    attached[100:105] = b"again"
    check("segment is shared", ctypes.string_at(second + 100, 5) == b"again")
    call("shmdt", second)
    check("semaphore", libc.semctl(semaphores, 0, GETVAL) == 3)
    operate(semaphores, 1, 1)
    result = operate(semaphores, 2, -1)
    check("waiter on a semaphore goes on: %d" % result, result == 0)
    if undoer not in system_v:
        system_v[undoer] = True
        os.kill(undoer, signal.SIGKILL)
        os.waitpid(undoer, 0)
        check("operation is undone", libc.semctl(semaphores, 0, GETVAL) == 5)
        operate(semaphores, 0, -2)
    buffer = ctypes.create_string_buffer(100)
    check("message", libc.msgrcv(messages, buffer, 92, ctypes.c_long(7), NOWAIT) == 4)
    call("msgsnd", messages, struct.pack("l4s", 7, b"kept"), 4, 0)
    call("msgsnd", messages, struct.pack("l4s", 9, b"wake"), 4, 0)
    size = patiently("msgrcv", messages, buffer, 92, ctypes.c_long(10), 0)
    check("waiter for a message answers: %d" % size, size == 6)


# --- POSIX message queues ---------------------------------------------------------------------
class QueueAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_long) for name in ("flags", "maxmsg", "msgsize", "curmsgs")] + [
        ("reserved", ctypes.c_long * 4)
    ]


def queue_open(name):
    return libc.mq_open(name, os.O_CREAT | os.O_RDWR, 0o600, ctypes.byref(QueueAttributes(0, 4, 64, 0)))


posix_queue = queue_open(b"/everything")
if posix_queue >= 0:
    echo_queue = call("mq_open", b"/echo", os.O_CREAT | os.O_RDWR, 0o600, ctypes.byref(QueueAttributes(0, 4, 64, 0)))
    call("mq_send", posix_queue, b"low", 3, 1)
    call("mq_send", posix_queue, b"high", 4, 9)
    poller.register(echo_queue, select.EPOLLIN)
    queue_waiter = os.fork()
    if queue_waiter == 0:
        buffer = ctypes.create_string_buffer(64)
        while patiently("mq_receive", echo_queue, buffer, 64, None) >= 0:
            patiently("mq_send", posix_queue, b"answer", 6, 20)
        os._exit(1)


@parts.add
def posix_queues():
    if posix_queue < 0:
        return
    buffer = ctypes.create_string_buffer(64)
    priority = ctypes.c_uint()
    call("mq_send", echo_queue, b"wake", 4, 0)
    while True:
        size = patiently("mq_receive", posix_queue, buffer, 64, ctypes.byref(priority))
        if priority.value == 20:
            break
        # the answer was not there yet
        call("mq_send", posix_queue, buffer.raw[:size], size, priority.value)
        time.sleep(0.01)
    check("waiter on a queue answers", buffer.raw[:size] == b"answer")
    check("highest first", patiently("mq_receive", posix_queue, buffer, 64, None) == 4)
    check("lowest last", patiently("mq_receive", posix_queue, buffer, 64, None) == 3)
    call("mq_send", posix_queue, b"low", 3, 1)
    call("mq_send", posix_queue, b"high", 4, 9)
    if os.path.exists("/dev/mqueue/everything"):
        check("queue as a file", text("/dev/mqueue/everything").startswith(b"QSIZE:7 "))


# --- namespaces -----------------------------------------------------------------------------
hostname = os.uname().nodename
namespace_ask = os.pipe()
namespace_answer = os.pipe()
separate = os.fork()
if separate == 0:
    apart = libc.unshare(0x00020000 | 0x04000000 | 0x08000000) == 0
    if apart:
        libc.sethostname(b"apart", 5)
        libc.mount(b"none", b"/srv", b"tmpfs", 0, None)
        open("/srv/inside", "w").close()
        own_segment = libc.shmget(0, 4096, 0o600)
    os.write(namespace_answer[1], b"ready" if apart else b"alone")
    while os.read(namespace_ask[0], 1):
        there = libc.shmget(0, 4096, 0o600) >= 0 and os.uname().nodename == "apart"
        there = there and os.path.exists("/srv/inside") and not os.path.exists(home)
        os.write(namespace_answer[1], b"apart" if there else b"lost!")
    os._exit(0)
namespaces_work = os.read(namespace_answer[0], 5) == b"ready"
if namespaces_work:
    uts_file = os.open("/proc/%d/ns/uts" % separate, os.O_RDONLY)
    uts_home = os.open("/proc/self/ns/uts", os.O_RDONLY)
    for place in ("one", "two"):
        os.mkdir("/mnt/" + place)
    libc.mount(b"none", b"/mnt/one", b"tmpfs", 0, None)
    libc.mount(None, b"/mnt/one", None, 1 << 20, None)
    libc.mount(b"/mnt/one", b"/mnt/two", None, 4096, None)
    os.mkdir("/mnt/one/below")
    mount_list = os.open("/proc/self/mountinfo", os.O_RDONLY)
    mount_changes = select.epoll()
    mount_changes.register(mount_list, select.EPOLLPRI)
    os.mkdir("/srv/hiding")
    call("mount", b"none", b"/srv/hiding", b"proc", 0, b"hidepid=2,gid=77")
    picked = call("syscall", 433, -100, b"/mnt/one", 0)
    call("syscall", 431, picked, 1, b"size", b"8m", 0)
    check("unknown option", libc.syscall(431, picked, 0, b"nosuch", None, 0) == -1)

# a process 1 that is user 5, below one that has no namespace of its own for itself
nested_ask, nested_answer = os.pipe(), os.pipe()
nested = os.fork()
if nested == 0:
    os.close(nested_ask[1])
    works = libc.unshare(0x10000000 | 0x20000000) == 0
    if works:
        for name, words in ("setgroups", b"deny"), ("uid_map", b"5 0 1"), ("gid_map", b"6 0 1"):
            with open("/proc/self/" + name, "wb") as file:
                file.write(words)
        inner = os.fork()
        if inner:
            os.waitpid(inner, 0)
            os._exit(0)
    os.write(nested_answer[1], b"ready" if works else b"alone")
    while os.read(nested_ask[0], 1):
        os.write(nested_answer[1], b"%d %d %d" % (os.getpid(), os.getuid(), os.getgid()))
    os._exit(0)
nested_works = os.read(nested_answer[0], 5) == b"ready"

# copies of a mount that show user 5 as user 0: one in the tree, one that only its descriptor holds
mapped = []
if namespaces_work and nested_works:
    nested_users = os.open("/proc/%d/ns/user" % nested, os.O_RDONLY)
    open("/mnt/one/owned", "w").close()
    os.chown("/mnt/one/owned", 5, 6)
    os.mkdir("/mnt/mapped")
    for _ in range(2):
        mapped.append(call("syscall", 428, -100, b"/mnt/one", 1))
        call("syscall", 442, mapped[-1], b"", 0x1000, struct.pack("QQQQ", 0x100000, 0, 0, nested_users), 32)
    call("syscall", 429, mapped[0], b"", -100, b"/mnt/mapped", 4)


@parts.add
def nested_namespaces():
    if nested_works:
        os.write(nested_ask[1], b"?")
        check("process 1 of its namespace", os.read(nested_answer[0], 9) == b"1 5 6")


# a process whose clocks are ahead, whose children are to be ahead even more
ahead_ask, ahead_answer = os.pipe(), os.pipe()
ahead = os.fork()
if ahead == 0:
    os.close(ahead_ask[1])

    def clocks():
        """By library, by call: each counts from the start of this script."""
        class Timespec(ctypes.Structure):
            _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]

        called = Timespec()
        call("syscall", 228, 1, ctypes.byref(called))
        boot = time.clock_gettime(time.CLOCK_BOOTTIME)
        return int(time.monotonic() - began), int(called.seconds - began), int(boot - booted)

    def offset(words):
        with open("/proc/self/timens_offsets", "wb", 0) as file:
            file.write(words)

    began, booted = time.monotonic(), time.clock_gettime(time.CLOCK_BOOTTIME)
    works = libc.unshare(0x80) == 0
    if works:
        offset(b"monotonic 100000 0\nboottime 300000 0\n")
        inner = os.fork()
        if inner:
            os.waitpid(inner, 0)
            os._exit(0)
        call("unshare", 0x80)
        offset(b"boottime 700000 0")
    os.write(ahead_answer[1], b"ready" if works else b"alone")
    while os.read(ahead_ask[0], 1):
        by_library, by_call, boot = clocks()
        good = 100000 <= by_library < 150000 and 100000 <= by_call < 150000
        child = os.fork()
        if child == 0:
            os._exit(0 if clocks()[2] >= 700000 and good and 300000 <= boot < 350000 else 1)
        os.write(ahead_answer[1], b"%d" % os.WEXITSTATUS(os.waitpid(child, 0)[1]))
    os._exit(0)
ahead_works = os.read(ahead_answer[0], 5) == b"ready"


@parts.add
def clocks_ahead():
    if ahead_works:
        os.write(ahead_ask[1], b"?")
        check("clocks of its namespace", os.read(ahead_answer[0], 1) == b"0")


@parts.add
def namespaces():
    if not namespaces_work:
        return
    os.write(namespace_ask[1], b"?")
    check("process in its namespaces", os.read(namespace_answer[0], 5) == b"apart")
    check("own name", os.uname().nodename == hostname)
    check("join", libc.setns(uts_file, 0) == 0 and os.uname().nodename == "apart")
    check("back", libc.setns(uts_home, 0) == 0 and os.uname().nodename == hostname)
    check("mounts", os.path.exists(home) and not os.path.exists("/srv/inside"))
    mount_changes.poll(0)
    check("no change of mounts", mount_changes.poll(0) == [])
    call("mount", b"none", b"/mnt/two/below", b"tmpfs", 0, None)
    told = mount_changes.poll(5)
    check("change of mounts", told == [(mount_list, select.EPOLLPRI | select.EPOLLERR)])
    check("options of proc", b"proc rw,relatime,gid=77,hidepid=invisible" in text("/proc/self/mounts"))
    call("syscall", 431, picked, 7, None, None, 0)
    check("changed file system", os.statvfs("/mnt/one").f_blocks == 2048)
    open("/mnt/one/below/file", "w").close()
    check("mounts propagate", os.path.exists("/mnt/two/below/file"))
    call("umount", b"/mnt/one/below")
    check("so does unmounting", not os.path.exists("/mnt/two/below/file"))
    if mapped:
        stored = os.stat("/mnt/one/owned")
        shown = [os.stat("owned", dir_fd=mapped[1]), os.stat("/mnt/mapped/owned")]
        check("mapped owners", [(each.st_uid, each.st_gid) for each in shown] == [(0, 0)] * 2)
        check("stored owners", (stored.st_uid, stored.st_gid) == (5, 6))
        check("mapped mount", b"/mnt/mapped" in text("/proc/self/mounts") and b",idmapped" in text("/proc/self/mounts"))
    link = os.readlink("/proc/%d/ns/uts" % separate)
    check("link", link == "uts:[%d]" % os.fstat(uts_file).st_ino)


# --- processes ------------------------------------------------------------------------------
blocked_read, blocked_write = os.pipe()
echo = os.fork()
if echo == 0:
    os.close(blocked_write)
    while True:
        data = os.read(blocked_read, 100)
        if not data:
            os._exit(0)
zombie = os.fork()
if zombie == 0:
    os._exit(7)
stopped = os.fork()
if stopped == 0:
    while True:
        signal.pause()
os.kill(stopped, signal.SIGSTOP)
os.waitpid(stopped, os.WUNTRACED)
shell = subprocess.Popen(
    ["/bin/bash", "-c", 'sleep 100000 & while read line; do echo "got $line"; done; kill $!'],
    stdin=subprocess.PIPE,
    stdout=subprocess.PIPE,
)
lock_waiter = os.fork()
if lock_waiter == 0:
    mine = open(home + "/flock", "r+b")
    fcntl.flock(mine, fcntl.LOCK_EX)
    os._exit(0)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_CPU, (100000, 100000))
os.nice(1)


@parts.add
def processes():
    check("stopped child", os.waitid(os.P_PID, stopped, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is None)
    check("stopped state", b"T (stopped)" in text("/proc/%d/status" % stopped))
    check("zombie state", b"Z (zombie)" in text("/proc/%d/status" % zombie))
    shell.stdin.write(b"line\n")
    shell.stdin.flush()
    check("shell answers", shell.stdout.readline() == b"got line\n")
    check("waiter for a lock waits", os.waitpid(lock_waiter, os.WNOHANG) == (0, 0))
    check("limit", resource.getrlimit(resource.RLIMIT_CPU) == (100000, 100000))
    check("program runs", subprocess.run(["/bin/echo", "hi"], capture_output=True).stdout == b"hi\n")
    check("pipeline", subprocess.run("printf 'b\\na\\n' | sort", shell=True, capture_output=True).stdout == b"a\nb\n")


# --- threads --------------------------------------------------------------------------------
queue_lock = threading.Condition()
jobs = []
done = []


def worker():
    while True:
        with queue_lock:
            while not jobs:
                queue_lock.wait()
            job = jobs.pop()
        if job is None:
            return
        with queue_lock:
            done.append(job)
            queue_lock.notify_all()


def sleeper():
    while True:
        time.sleep(0.01)


def reader():
    while True:
        data = stream_thread[1].recv(100)
        if not data:
            return
        stream_thread[1].send(data.upper())


def poll_forever():
    select.poll().poll()


stream_thread = socket.socketpair()
for body in (worker, worker, sleeper, reader, poll_forever):
    last_thread = threading.Thread(target=body, daemon=True)
    last_thread.start()
thread_file = call("syscall", 434, last_thread.native_id, os.O_EXCL)


@parts.add
def threads():
    about = text("/proc/self/fdinfo/%d" % thread_file)
    check("descriptor of a thread", b"Pid:\t%d\n" % last_thread.native_id in about)
    check("thread lives", select.select([thread_file], [], [], 0)[0] == [])
    check("thread is found", libc.syscall(424, thread_file, 0, None, 0) == 0)
    stamp = time.monotonic_ns()
    with queue_lock:
        jobs.append(stamp)
        queue_lock.notify()
        check("worker", queue_lock.wait_for(lambda: stamp in done, 10))
    stream_thread[0].send(b"abc")
    check("thread on a socket", stream_thread[0].recv(10) == b"ABC")
    fresh = threading.Thread(target=lambda: done.append("fresh"))
    fresh.start()
    fresh.join(10)
    check("new thread", "fresh" in done)


# --- leases ---------------------------------------------------------------------------------
with open(home + "/leased", "w") as made:
    made.write("x")
leased = os.open(home + "/leased", os.O_RDONLY)
fcntl.fcntl(leased, fcntl.F_SETLEASE, fcntl.F_RDLCK)
signal.signal(signal.SIGIO, signal.SIG_IGN)


@parts.add
def leases():
    check("lease is held", fcntl.fcntl(leased, fcntl.F_GETLEASE) == fcntl.F_RDLCK)
    try:
        os.close(os.open(home + "/leased", os.O_WRONLY | os.O_NONBLOCK))
        check("lease is in the way", False)
    except BlockingIOError:
        check("lease is to go", fcntl.fcntl(leased, fcntl.F_GETLEASE) == fcntl.F_UNLCK)
    fcntl.fcntl(leased, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    fcntl.fcntl(leased, fcntl.F_SETLEASE, fcntl.F_RDLCK)


# --- futexes with priority inheritance --------------------------------------------------------
words = (ctypes.c_int * 32)()
CONDITION, LOCK = 0, 16
LOCK_PI, UNLOCK_PI, WAIT_REQUEUE_PI, CMP_REQUEUE_PI = 0x86, 0x87, 0x8B, 0x8C
turns = []


def futex(word, operation, value=0, last=0):
    at = ctypes.addressof(words)
    place = ctypes.c_void_p(at + 4 * word)
    return libc.syscall(202, place, operation, value, ctypes.c_long(0), ctypes.c_void_p(at + 4 * LOCK), last)


def wait_for_lock():
    # a signal after the requeue would end the wait with EAGAIN
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True:
        if futex(CONDITION, WAIT_REQUEUE_PI) == 0:
            turns.append(words[LOCK] & 0x3FFFFFFF == threading.get_native_id())
            futex(LOCK, UNLOCK_PI)


def requeue_one():
    deadline = time.monotonic() + 10
    while futex(CONDITION, CMP_REQUEUE_PI, 1) != 1 and time.monotonic() < deadline:
        time.sleep(0.01)


for i in range(2):
    threading.Thread(target=wait_for_lock, daemon=True).start()
check("lock", futex(LOCK, LOCK_PI) == 0)
requeue_one()


@parts.add
def inherited_locks():
    check("still locked", words[LOCK] & 0x3FFFFFFF == threading.get_native_id() and not turns)
    check("unlock", futex(LOCK, UNLOCK_PI) == 0)
    requeue_one()
    deadline = time.monotonic() + 10
    while len(turns) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    check("lock handed over", turns == [True, True])
    turns.clear()
    check("lock again", futex(LOCK, LOCK_PI) == 0)
    requeue_one()


# --- I/O contexts and huge pages -------------------------------------------------------------------
IOPRIO_SET, IOPRIO_GET, KCMP, KCMP_IO = 251, 252, 312, 5
io_priority = 2 << 13 | 3
call("syscall", IOPRIO_SET, 1, 0, io_priority)
# clone(2) with CLONE_IO and SIGCHLD
io_sharer = libc.syscall(56, 0x80000000 | 17, None, None, None, None)
if io_sharer == 0:
    while True:
        signal.pause()
call("prctl", 41, 1, 2, 0, 0)


@parts.add
def io_context_and_huge_pages():
    check("I/O priority", libc.syscall(IOPRIO_GET, 1, io_sharer) == io_priority)
    check("I/O context is shared", libc.syscall(KCMP, os.getpid(), io_sharer, KCMP_IO, 0, 0) == 0)
    check("huge pages for who advises them", libc.prctl(42, 0, 0, 0, 0) == 3)


# --- futexes by priority ------------------------------------------------------------------------
RANKED, WAIT, WAKE, REQUEUE = 24, 0x80, 0x81, 0x83
ranked = []


def wait_ranked(policy, priority):
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    os.sched_setscheduler(0, policy, os.sched_param(priority))
    while True:
        if futex(RANKED, WAIT) == 0:
            ranked.append(priority)
            while words[RANKED]:
                time.sleep(0.01)


def both_wait():
    place = ctypes.c_void_p(ctypes.addressof(words) + 4 * RANKED)
    deadline = time.monotonic() + 10
    while libc.syscall(202, place, REQUEUE, 0, ctypes.c_long(9), place, 0) != 2 and time.monotonic() < deadline:
        time.sleep(0.01)


for i in (0, 5):
    threading.Thread(target=wait_ranked, args=(os.SCHED_FIFO if i else os.SCHED_OTHER, i), daemon=True).start()
both_wait()


@parts.add
def waiters_by_priority():
    words[RANKED] = 1
    for count in (1, 2):
        check("waiter by priority", futex(RANKED, WAKE, 1) == 1)
        deadline = time.monotonic() + 10
        while len(ranked) < count and time.monotonic() < deadline:
            time.sleep(0.01)
    check("highest priority first", ranked == [5, 0])
    ranked.clear()
    words[RANKED] = 0
    both_wait()


# --- timers ---------------------------------------------------------------------------------
ticks = []
signal.signal(signal.SIGALRM, lambda *_: ticks.append(1))
signal.signal(signal.SIGVTALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
signal.setitimer(signal.ITIMER_VIRTUAL, 10000)


class Sigevent(ctypes.Structure):
    _fields_ = [("value", ctypes.c_long), ("signo", ctypes.c_int), ("notify", ctypes.c_int), ("pad", ctypes.c_int * 12)]


posix = ctypes.c_void_p()
call("timer_create", 1, ctypes.byref(Sigevent(42, int(signal.SIGRTMIN), 0)), ctypes.byref(posix))
call("timer_settime", posix, 0, ctypes.byref(Itimerspec(Timespec(0, 20000000), Timespec(0, 20000000))), None)


@parts.add
def timers():
    before = len(ticks)
    deadline = time.monotonic() + 5
    while len(ticks) == before and time.monotonic() < deadline:
        time.sleep(0.01)
    check("interval timer", len(ticks) > before)
    info = signal.sigtimedwait({signal.SIGRTMIN}, 5)
    check("POSIX timer", info is not None and info.si_code == -2)
    check("virtual timer", signal.getitimer(signal.ITIMER_VIRTUAL)[0] > 9000)


# --- native asynchronous I/O --------------------------------------------------------------------
AIO_SETUP, AIO_GETEVENTS, AIO_SUBMIT = 206, 208, 209
aio_context = ctypes.c_uint64(0)
call("syscall", AIO_SETUP, 8, ctypes.byref(aio_context))
aio_read, aio_write = os.pipe()
aio_event = call("eventfd", 0, 0o4000)
aio_block = ctypes.create_string_buffer(64)
aio_list = (ctypes.c_uint64 * 1)(ctypes.addressof(aio_block))


def submit_poll():
    # IOCB_CMD_POLL for POLLIN, with IOCB_FLAG_RESFD
    struct.pack_into("QIIHhIQQqQII", aio_block, 0, 99, 0, 0, 5, 0, aio_read, 1, 0, 0, 0, 1, aio_event)
    return call("syscall", AIO_SUBMIT, aio_context, ctypes.c_long(1), aio_list)


submit_poll()


def aio_events(events, seconds):
    timeout = (ctypes.c_long * 2)(seconds, 0)
    while True:
        try:
            return call("syscall", AIO_GETEVENTS, aio_context, ctypes.c_long(1), ctypes.c_long(2), events, timeout)
        except InterruptedError:  # by the ticking timer
            pass


@parts.add
def native_aio():
    events = (ctypes.c_uint64 * 8)()
    check("poll under way", aio_events(events, 0) == 0)
    os.write(aio_write, b"x")
    check("poll ended", aio_events(events, 10) == 1)
    check("event", events[0] == 99 and events[2] & 1 == 1)
    check("eventfd of the poll", select.select([aio_event], [], [], 10)[0] == [aio_event])
    os.read(aio_event, 8)
    os.read(aio_read, 1)
    check("poll again", submit_poll() == 1)


# --- a file system served from inside ---------------------------------------------------------
def fuse_server(device):
    """Serves a root with "note" and "slow"; a read of "slow" waits for a look at "go"."""
    content = {2: b"served", 3: b"after a wait", 4: bytearray(8192)}
    names = {b"note": 2, b"slow": 3, b"kept": 4}
    waiting = []

    def attributes(node):
        mode, size = (0o040755, 0) if node == 1 else (0o100644, len(content[node]))
        return struct.pack("6Q10I", node, size, 0, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

    def answer(unique, body=b"", error=0):
        os.write(device, struct.pack("IiQ", 16 + len(body), error, unique) + body)

    while True:
        try:
            message = os.read(device, 1 << 18)
        except PermissionError:  # not mounted yet
            time.sleep(0.01)
            continue
        _, operation, unique, node = struct.unpack_from("IIQQ", message)
        body = message[40:]
        if operation == 26:
            answer(unique, struct.pack("4IHHI10I", 7, 31, 65536, 0, 12, 9, 65536, *[0] * 10))
        elif operation == 1:
            found = names.get(body.rstrip(b"\0"))
            if found is None:
                for late in waiting:
                    answer(late, content[3])
                waiting.clear()
                answer(unique, error=-2)
            else:
                answer(unique, struct.pack("4QII", found, 0, 0, 0, 0, 0) + attributes(found))
        elif operation == 3:
            answer(unique, struct.pack("QII", 0, 0, 0) + attributes(node))
        elif operation in (14, 27):
            answer(unique, struct.pack("QII", node, 0, 0))
        elif operation == 15 and node == 3:
            waiting.append(unique)
        elif operation == 15:
            start, size = struct.unpack_from("QI", body, 8)
            answer(unique, content[node][start : start + size])
        elif operation == 16:
            start, size = struct.unpack_from("QI", body, 8)
            content[node][start : start + size] = body[40 : 40 + size]
            answer(unique, struct.pack("II", size, 0))
        elif operation in (18, 25, 29, 34):
            answer(unique)
        elif operation not in (2, 36):
            answer(unique, error=-38)


os.mkdir("/srv/served")
fuse = os.open("/dev/fuse", os.O_RDWR)
served = os.fork()
if served == 0:
    fuse_server(fuse)
options = b"fd=%d,rootmode=40000,user_id=0,group_id=0" % fuse
call("mount", b"server", b"/srv/served", b"fuse", 0, options)
os.close(fuse)
note = os.open("/srv/served/note", os.O_RDONLY)
kept = os.open("/srv/served/kept", os.O_RDWR)
kept_pages = mmap.mmap(kept, 8192)
kept_pages[4096:4100] = b"%04d" % 0
kept_number = 0
slow_results = []


def read_slow():
    try:
        with open("/srv/served/slow", "rb", buffering=0) as file:
            slow_results.append(file.read(100))
    except OSError:
        pass  # the server ends first


slow = threading.Thread(target=read_slow, daemon=True)
slow.start()


@parts.add
def served_files():
    global slow
    check("file of a server", os.pread(note, 100, 0) == b"served")
    check("file of a server by name", text("/srv/served/note") == b"served")
    check("no answer yet", not slow_results)
    check("no such file", not os.path.exists("/srv/served/go"))
    slow.join(10)
    check("answer after the safe point", slow_results == [b"after a wait"])
    slow_results.clear()
    slow = threading.Thread(target=read_slow, daemon=True)
    slow.start()
    time.sleep(0.1)


@parts.add
def served_pages():
    global kept_number
    number = b"%04d" % kept_number
    check("mapped file of a server", kept_pages[4096:4100] == number)
    check("its cached pages", os.pread(kept, 4, 4096) == number)
    kept_pages.flush()
    direct = os.open("/srv/served/kept", os.O_RDONLY | os.O_DIRECT)
    check("what the server got", os.pread(direct, 4, 4096) == number)
    os.close(direct)
    kept_number += 1
    kept_pages[4096:4100] = b"%04d" % kept_number  # dirty until the next look


# --- an image -------------------------------------------------------------------------------
# of mkfs.erofs -b 512 -zlz4hc -C2048, with a file of lines "line N of an image"
IMAGE = zlib.decompress(base64.b64decode(
    b"eNrt1klME1EcBvA309KN0ilLoawdlAIRbDtbl5i4XPSgJpoY1LhyAEOCeFASjnAx3L1x8qCJicaLVxNxJyQmhqtRWtDEDZcgLhit"
    b"/69TLGkKTOegJjLk+3XmzXzz2mnJDGPry/qyvvyvy0xqITmfejxgoXUnCzJ+acfk2JalVeey4yvUrqEKVf/rGhq7mX8+nIcrYn4P"
    b"S6etq+zHvrkdPOvIbqdpWX7+YPa1hd558PcYz9qz6230bkKhUG9ff0/B89sol0Y4NhnJbfN5x9iB19qOz8aLHhHbVtGdebUluVHW"
    b"OuxK8hMsOuxJWhzczu38FRZnnmHsLxE5EddvMu86/ivLR2t/30CPGBHP9IrdA2Lf6e5TPa5K1iRRZIpCUSkaJUqJUeKVLJC4yphw"
    b"i3HCOGMB6Ta4A+6Ce+A+eAAegglCzjDKcUJua1WUHPt5vaWsippHnUVvqSuhFWI22yq0M7oi16x6K288tjqDJXorNxQ3wFab3sps"
    b"JYxit3OCw84LTjsXiLhAKXCDMuABAvCCcjBFX/ITu0XA61MqP6NMU5KUFGWGMkt5TgdLL+xcWJKvO/jM4S8x9Aq8Bm/AWzAH3oH3"
    b"4ANayohTb81j6BNYAJ/BF/AVfAOL4Dta6gGX3vqJoTRgDoIDPLAAKygBNge1tLZSveXEkAuUAjcoAx4gAC8oRyu6mG1VYcgHqkEN"
    b"8INaUAfqQQNasUduvRXAkAiawQawEbSAIGgFbWjFL5bprU0Y6gCdYDMIgTCIAAnIaCXOenjhHGXQwwkqDcvGCMvSLkGfz0DB7+WF"
    b"WkqdV/9VNNB6I6WJEqCIlGZK3hTKnNfwFLmWOl5uoqVdqDDRivZWmmjFElUmWnG3z0QrMU2tJCXl05uKMcKKdKM6N5/hlny+xkir"
    b"y88LBymHKIf9+q/iCK0fpRyjHKec8PNCoSnUzloTb0xLm2lFp+pMtGKX60204kMNJlqJ3Y28sIeyt1FvqsYIq1KgKTff2oWTqoyb"
    b"/p96zvhhyz1eZJ44VFmi6X10o/cx+vBABRqIghiIg4SPsbASoVV8wIBiELVotKKJFk2saOJFkygStk2L4PLSXY1Y+xvJfA1S0chL"
    b"P09tnb9KNbEv87/4C1GZ94c="))
with open("/srv/image", "wb") as file:
    file.write(IMAGE)
os.mkdir("/srv/unpacked")
call("mount", b"/srv/image", b"/srv/unpacked", b"erofs", 1, None)
os.unlink("/srv/image")
image_lines = b"".join(b"line %d of an image\n" % number for number in range(600))
image_file = os.open("/srv/unpacked/file", os.O_RDONLY)
check("image before", os.read(image_file, 5000) == image_lines[:5000])
image_pages = mmap.mmap(image_file, 4096, prot=mmap.PROT_READ)
image_map = mmap.mmap(image_file, len(image_lines), prot=mmap.PROT_READ)
check("mapped image before", image_pages[:100] == image_lines[:100])


@parts.add
def files_of_an_image():
    check("place in a file of an image", os.lseek(image_file, 0, os.SEEK_CUR) == 5000)
    check("file of an image", os.pread(image_file, 20000, 0) == image_lines)
    check("file of an image by name", text("/srv/unpacked/file") == image_lines)
    check("mapped file of an image", image_pages[:4096] == image_lines[:4096])
    check("pages not touched before", image_map[:] == image_lines)
    check("directory of an image", os.listdir("/srv/unpacked") == ["file"])


# --- quotas of tmpfs, counts of transfers -----------------------------------------------------
Q_GETQUOTA, Q_SETQUOTA = 0x800007 << 8, 0x800008 << 8
os.mkdir("/srv/limited")
call("mount", b"none", b"/srv/limited", b"tmpfs", 0, b"usrquota,usrquota_block_hardlimit=1m")
limited = os.open("/srv/limited", os.O_RDONLY)
with open("/srv/limited/file", "wb") as file:
    file.write(b"x" * 20000)
os.chown("/srv/limited/file", 4711, 0)


def quota_of(user):
    block = (ctypes.c_uint64 * 9)()
    call("syscall", 443, limited, Q_GETQUOTA, user, block)
    return list(block)[:6]


own_quota = (ctypes.c_uint64 * 9)(16, 0, 0, 5, 0, 0, 0, 0, 1 | 4)
call("syscall", 443, limited, Q_SETQUOTA, 4712, own_quota)
read_before = int(text("/proc/self/io").split()[1])


@parts.add
def quotas():
    check("use of a user", quota_of(4711) == [1024, 0, 20480, 0, 0, 1])
    check("limits of a user", quota_of(4712) == [16, 0, 0, 5, 0, 0])
    writer = os.fork()
    if writer == 0:
        os.setuid(4711)
        try:
            with open("/srv/limited/file", "ab", buffering=0) as file:
                while file.write(b"x" * 65536) == 65536:
                    pass
                file.write(b"x")
        except OSError as problem:
            os._exit(0 if problem.errno == 122 else 1)
        os._exit(2)
    check("limits hold", os.waitpid(writer, 0)[1] == 0)
    check("up to the limit", quota_of(4711)[2] == 1 << 20)
    os.truncate("/srv/limited/file", 20000)
    check("and give back", quota_of(4711)[2] == 20480)


@parts.add
def transfers():
    check("counts of transfers", int(text("/proc/self/io").split()[1]) > read_before > 0)


# --- keys -------------------------------------------------------------------------------------
session_keyring = call("syscall", 250, 1, None)
a_key = call("syscall", 248, b"user", b"moat:kept", b"secret", ctypes.c_size_t(6), -3)
nested_keyring = call("syscall", 248, b"keyring", b"moat:ring", None, ctypes.c_size_t(0), -3)
nested_key = call("syscall", 248, b"logon", b"moat:below", b"word", ctypes.c_size_t(4), nested_keyring)
process_key = call("syscall", 248, b"user", b"moat:process", b"x", ctypes.c_size_t(1), -2)
call("syscall", 250, 15, a_key, 500_000)
full_keyring = call("syscall", 248, b"keyring", b"moat:full", None, ctypes.c_size_t(0), -3)
call("syscall", 250, 29, full_keyring, None, None)
persistent_keyring = call("syscall", 250, 22, -1, nested_keyring)
big_key = call("syscall", 248, b"big_key", b"moat:big", b"b" * 5000, ctypes.c_size_t(5000), -3)
libc.syscall(249, b"user", b"moat:none", b"callout", -3)
call("syscall", 250, 15, next(int(line.split()[0], 16) for line in text("/proc/keys").splitlines() if b"moat:none" in line), 500_000)


@parts.add
def keys():
    content = ctypes.create_string_buffer(16)
    check("a key is read", call("syscall", 250, 11, a_key, content, ctypes.c_size_t(16)) == 6)
    check("its content", content.raw[:6] == b"secret")
    check("session keyring", call("syscall", 250, 0, -3, 0) == session_keyring)
    check("a key by name", call("syscall", 249, b"user", b"moat:kept", None, 0) == a_key)
    check("a nested key", call("syscall", 249, b"logon", b"moat:below", None, 0) == nested_key)
    check("a process' key", call("syscall", 249, b"user", b"moat:process", None, 0) == process_key)
    line = next(line for line in text("/proc/keys").splitlines() if b"moat:kept" in line)
    check("its time", line.split()[3] == b"5d")
    refused = libc.syscall(250, 8, a_key, full_keyring) < 0 and ctypes.get_errno() == 1
    check("a restricted keyring", refused)
    check("a persistent keyring", call("syscall", 250, 22, -1, nested_keyring) == persistent_keyring)
    check("a big key", call("syscall", 250, 11, big_key, None, ctypes.c_size_t(0)) == 5000)
    negative = libc.syscall(249, b"user", b"moat:none", b"callout", 0) < 0 and ctypes.get_errno() == 126
    check("a negative key", negative)


# --- control groups -------------------------------------------------------------------------
cgroups = "/sys/fs/cgroup"


def order(path, value):
    with open(cgroups + path, "w") as file:
        file.write(str(value))


def number_of(path, name):
    lines = text(cgroups + path).decode().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + " "))


os.mkdir(cgroups + "/init")
for member in text(cgroups + "/cgroup.procs").split():
    order("/init/cgroup.procs", member.decode())
order("/cgroup.subtree_control", "+cpu +memory +pids")
os.mkdir(cgroups + "/box")
os.mkdir(cgroups + "/ice")
for limit, value in (("cpu.max", "20000 100000"), ("memory.max", 64 << 20), ("pids.max", 5)):
    order("/box/" + limit, value)
beats = mmap.mmap(-1, 4096)


def beat(index):
    struct.pack_into("q", beats, index * 8, struct.unpack_from("q", beats, index * 8)[0] + 1)


def beaten(index):
    return struct.unpack_from("q", beats, index * 8)[0]


def awaited(condition):
    """Looks for a minute, and a hundred times: on a busy machine some task gets no CPU for long."""
    deadline = time.monotonic() + 60
    looks = 0
    while not condition() and (looks < 100 or time.monotonic() < deadline):
        looks += 1
        time.sleep(0.01)
    return condition()


def told_of(pid):
    """Where a task is that should have gone on."""
    status = text("/proc/%d/status" % pid).decode().splitlines()
    wanted = [line for line in status if line.startswith(("State", "SigPnd", "ShdPnd", "voluntary"))]
    wanted.append("beats %d, frozen at %d" % (beaten(1), frozen_at))
    return " ".join([""] + wanted + text(cgroups + "/ice/cgroup.events").decode().split())


boxed = os.fork()
if boxed == 0:
    order("/box/cgroup.procs", 0)
    hoard = bytearray(8 << 20)
    while True:
        beat(0)
icy = os.fork()
if icy == 0:
    order("/ice/cgroup.procs", 0)
    while True:
        beat(1)
awaited(lambda: beaten(0) > 0 and beaten(1) > 0)
order("/ice/cgroup.freeze", 1)
awaited(lambda: number_of("/ice/cgroup.events", "frozen") == 1)
ice_events = os.open(cgroups + "/ice/cgroup.events", os.O_RDONLY)


def without_event():
    """Reads what there is: pollers are told a moment after the file says it."""
    os.pread(ice_events, 100, 0)
    time.sleep(0.01)
    poller = select.poll()
    poller.register(ice_events, select.POLLPRI)
    return poller.poll(0) == []


awaited(without_event)
frozen_at = beaten(1)


@parts.add
def control_groups():
    global frozen_at
    check("memory of a group", 8 << 20 <= int(text(cgroups + "/box/memory.current")) < 64 << 20)
    check("limit of tasks", text(cgroups + "/box/pids.max") == b"5\n")
    check("tasks of a group", text(cgroups + "/box/cgroup.procs") == b"%d\n" % boxed)
    check("where a task is", text("/proc/%d/cgroup" % boxed).endswith(b"0::/box\n"))
    periods = number_of("/box/cpu.stat", "nr_throttled")
    check("bandwidth", awaited(lambda: number_of("/box/cpu.stat", "nr_throttled") > periods + 1))
    check("frozen task", beaten(1) == frozen_at)
    poller = select.poll()
    poller.register(ice_events, select.POLLPRI)
    check("no event", poller.poll(0) == [])
    order("/ice/cgroup.freeze", 0)
    thawed = awaited(lambda: beaten(1) > frozen_at)
    check("thawed task" + ("" if thawed else told_of(icy)), thawed)
    check("event", poller.poll(1000) != [])
    order("/ice/cgroup.freeze", 1)
    check("frozen again", awaited(lambda: number_of("/ice/cgroup.events", "frozen") == 1))
    check("told of that", awaited(without_event))
    frozen_at = beaten(1)


# --- process accounting ---------------------------------------------------------------------
open("/tmp/accounting", "w").close()
call("acct", b"/tmp/accounting")


@parts.add
def accounting():
    child = os.fork()
    if child == 0:
        os._exit(5)
    os.waitpid(child, 0)
    last = text("/tmp/accounting")[-64:]
    check("accounting", struct.unpack_from("<I", last, 4)[0] == 5 << 8)
    check("whose record", struct.unpack_from("<I", last, 16)[0] == child)


# --- programs of groups ---------------------------------------------------------------------
def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    return call("syscall", 321, command, buffer, len(attributes)), buffer.raw


# reading is allowed, and nothing else
reading = struct.pack("<5Q", 0x21269, 0xb7, 0x200010255, 0x1000000b7, 0x95)
instructions = ctypes.create_string_buffer(reading, len(reading))
license = ctypes.create_string_buffer(b"GPL")
os.mkdir(cgroups + "/devices")
device_group = os.open(cgroups + "/devices", os.O_RDONLY)
device_program, _ = bpf(5, struct.pack("<IIQQ", 15, 5, ctypes.addressof(instructions), ctypes.addressof(license)))
bpf(8, struct.pack("<IIII", device_group, device_program, 6, 2))
device_link, _ = bpf(28, struct.pack("<IIII", device_program, device_group, 6, 0))


def opens(path, flags):
    child = os.fork()
    if child == 0:
        try:
            order("/devices/cgroup.procs", 0)
            os.open(path, flags)
            os._exit(0)
        except PermissionError:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


@parts.add
def programs_of_groups():
    check("an allowed device", opens("/dev/zero", os.O_RDONLY))
    check("a forbidden device", not opens("/dev/zero", os.O_WRONLY))
    told = struct.unpack_from("<II", bpf(16, struct.pack("<IIIIQI4xQQQQ", device_group, 6, 0, 0, 0, 0, 0, 0, 0, 0))[1], 24)
    check("a program and a link", told[0] == 2)
    check("a program's number", b"prog_type:\t15" in text("/proc/self/fdinfo/%d" % device_program))
    check("a link", b"link_type:\tcgroup" in text("/proc/self/fdinfo/%d" % device_link))


# --- terminals ------------------------------------------------------------------------------
master, slave = pty.openpty()
session, terminal = pty.fork()
if session == 0:
    os.execv("/bin/bash", ["bash", "--norc", "--noediting"])
os.write(terminal, b"PS1=; sleep 100000 & cat\n")


def expect(fd, wanted):
    data = b""
    deadline = time.monotonic() + 10
    while wanted not in data and time.monotonic() < deadline:
        if select.select([fd], [], [], 0.2)[0]:
            data += os.read(fd, 4096)
    return wanted in data


@parts.add
def terminals():
    os.write(master, b"typed\n")
    check("slave reads", os.read(slave, 100) == b"typed\n")
    os.write(slave, b"shown\n")
    check("master reads", expect(master, b"shown"))
    os.write(terminal, b"echo_me\n")
    check("cat under a terminal", expect(terminal, b"echo_me\r\necho_me"))
    fcntl.ioctl(master, 0x5414, struct.pack("HHHH", 30, 90, 0, 0))
    size = struct.unpack("HHHH", fcntl.ioctl(slave, 0x5413, bytes(8)))
    check("window size", size[:2] == (30, 90))


# --- filters of system calls ------------------------------------------------------------------
ASKED, FAILING = 9001, 9002


def statement(code, k, true=0, false=0):
    return struct.pack("=HBBI", code, true, false, k)


def seccomp_listener(numbers):
    """Installs a filter that asks about one call, and fails another; gives the descriptor."""
    program = b"".join(
        [
            statement(0x20, 0),
            statement(0x15, numbers[0], 0, 1),
            statement(6, 0x7FC00000),
            statement(0x15, numbers[1], 0, 1),
            statement(6, 0x50000 | 18),
            statement(6, 0x7FFF0000),
        ]
    )
    code = ctypes.create_string_buffer(program)
    header = ctypes.create_string_buffer(struct.pack("=HxxxxxxQ", len(program) // 8, ctypes.addressof(code)))
    call("prctl", 38, 1, 0, 0, 0)
    return call("syscall", 317, 1, 8, header)


asked_out, asked_in = os.pipe()
asking = os.fork()
if asking == 0:
    fd = seccomp_listener((ASKED, FAILING))
    os.write(asked_in, bytes([fd]))
    for turn in range(1000):
        good = libc.syscall(ASKED, turn) == 3 * turn
        failed = libc.syscall(FAILING) == -1 and ctypes.get_errno() == 18
        os.write(asked_in, b"+" if good and failed else b"-")
    os._exit(0)
notices = call("syscall", 438, call("syscall", 434, asking, 0), os.read(asked_out, 1)[0], 0)
received = None


@parts.add
def filters():
    """A call that nobody has received and one that waits for its answer outlive a swap in turns."""
    global received
    for turn in range(3):
        if received is None:
            notice = ctypes.create_string_buffer(80)
            while True:
                try:
                    check("a call is told", fcntl.ioctl(notices, 0xC0502100, notice) == 0)
                    break
                except InterruptedError:  # by the ticking timer, on a busy machine
                    pass
            received = struct.unpack_from("=QIIiIQQ", notice.raw)
            check("whose call", received[1] == asking and received[3] == ASKED)
        else:
            fcntl.ioctl(notices, 0xC0182101, struct.pack("=QqiI", received[0], 3 * received[6], 0, 0))
            received = None
            check("its answer", os.read(asked_out, 1) == b"+")


# --- Landlock -----------------------------------------------------------------------------------
READ_FILE = 1 << 2
for place in ("in", "out"):
    os.makedirs(home + "/landlock/" + place)
    open(home + "/landlock/%s/file" % place, "w").close()


def landlock_ruleset():
    wanted = ctypes.create_string_buffer(struct.pack("QQQ", READ_FILE, 0, 0))
    ruleset = call("syscall", 444, wanted, 24, 0)
    for allowed in (home + "/landlock/in", "/proc"):
        directory = os.open(allowed, os.O_PATH)
        rule = ctypes.create_string_buffer(struct.pack("=Qi", READ_FILE, directory))
        call("syscall", 445, ruleset, 1, rule, 0)
        os.close(directory)
    return ruleset


def is_confined():
    text(home + "/landlock/in/file")
    text("/proc/self/status")
    for denied in (home + "/landlock/out/file", "/etc/passwd"):
        try:
            text(denied)
            return False
        except PermissionError:
            pass
    return True


ruleset = landlock_ruleset()
confined_ask, confined_asked = os.pipe()
confined_tell, confined_told = os.pipe()
confined = os.fork()
if confined == 0:
    call("syscall", 446, ruleset, 0)
    while os.read(confined_ask, 1):
        os.write(confined_told, b"+" if is_confined() else b"-")
    os._exit(0)


@parts.add
def landlock():
    os.write(confined_asked, b"?")
    check("a domain", os.read(confined_tell, 1) == b"+")
    fresh = os.fork()
    if fresh == 0:
        good = libc.syscall(446, ruleset, 0) == 0 and is_confined()
        os._exit(0 if good else 1)
    check("a ruleset", os.waitpid(fresh, 0)[1] == 0)


# --- traced processes -------------------------------------------------------------------------
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long
traced = os.fork()
if traced == 0:
    libc.ptrace(0, 0, None, None)
    os.kill(os.getpid(), signal.SIGSTOP)
    while True:
        libc.getppid()
check("tracee stops", os.waitpid(traced, 0)[1] == signal.SIGSTOP << 8 | 0x7F)
libc.ptrace(0x4200, traced, None, 1)
traced_calls = 0


@parts.add
def tracees():
    """A tracee that stands in a stop when a swap comes is looked at and goes on to the next stop."""
    global traced_calls
    registers = (ctypes.c_ulonglong * 27)()
    for turn in range(3):
        check("registers", libc.ptrace(12, traced, None, registers) == 0 and registers[16] != 0)
        check("goes on", libc.ptrace(24, traced, None, None) == 0)
        check("call stop", os.waitpid(traced, 0)[1] == (signal.SIGTRAP | 0x80) << 8 | 0x7F)
        traced_calls += 1
    check("a call", libc.ptrace(12, traced, None, registers) == 0)
    check("its number", traced_calls < 4 or registers[15] == 110)
    check("tracer", b"TracerPid:\t%d\n" % os.getpid() in text("/proc/%d/status" % traced))


# --- memory that a tracer watches --------------------------------------------------------------
watched_word = ctypes.c_long(0)
watched_process = os.fork()
if watched_process == 0:
    libc.ptrace(0, 0, None, None)
    os.kill(os.getpid(), signal.SIGSTOP)
    while True:
        watched_word.value += 1
check("watched stops", os.waitpid(watched_process, 0)[1] == signal.SIGSTOP << 8 | 0x7F)
debug_registers = 848
libc.ptrace(6, watched_process, debug_registers + 8, ctypes.addressof(watched_word))
libc.ptrace(6, watched_process, debug_registers + 56, 4 | 9 << 20)


@parts.add
def watches():
    """Debug registers of a tracee stay, and tell of what they watch."""
    value = ctypes.c_long()
    libc.syscall(101, 3, watched_process, debug_registers + 8, ctypes.byref(value))
    check("address", value.value == ctypes.addressof(watched_word))
    for turn in range(2):
        libc.syscall(101, 2, watched_process, ctypes.c_void_p(ctypes.addressof(watched_word)), ctypes.byref(value))
        before = value.value
        check("goes on", libc.ptrace(7, watched_process, None, None) == 0)
        check("a write", os.waitpid(watched_process, 0)[1] == signal.SIGTRAP << 8 | 0x7F)
        libc.syscall(101, 2, watched_process, ctypes.c_void_p(ctypes.addressof(watched_word)), ctypes.byref(value))
        check("one write", value.value == before + 1)
        libc.syscall(101, 3, watched_process, debug_registers + 48, ctypes.byref(value))
        check("which", value.value == 0xFFFF0FF2)


# --- calls that a process gets itself ---------------------------------------------------------
dispatch_ask = os.pipe()
dispatched = os.fork()
if dispatched == 0:
    os.close(dispatch_ask[1])
    selector = ctypes.c_ubyte(0)
    if libc.prctl(59, 1, ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.byref(selector)) == 0:
        os.read(dispatch_ask[0], 1)
        selector.value = 1
        libc.getppid()
    os._exit(0)


@parts.add
def own_calls():
    """Its call is SIGSYS, which ends it: once."""
    global dispatched
    if dispatched:
        check("it waits", os.waitpid(dispatched, os.WNOHANG) == (0, 0))
        os.write(dispatch_ask[1], b"?")
        check("it got its call", os.WTERMSIG(os.waitpid(dispatched, 0)[1]) == signal.SIGSYS)
        dispatched = 0


# --- limits in /proc/sys, and who waits for locks ---------------------------------------------
def setting(name, value=None):
    with open("/proc/sys/" + name, "r" if value is None else "w") as file:
        return file.read().strip() if value is None else file.write(value)


setting("fs/pipe-max-size", "131072")
if not system_v["missing"]:
    setting("kernel/sem_next_id", "98309")


@parts.add
def settings():
    check("pipe-max-size", setting("fs/pipe-max-size") == "131072")
    check("sem_next_id", system_v["missing"] or setting("kernel/sem_next_id") == "98309")
    with open("/proc/locks") as file:
        locks = file.read()
    check("lock of flock(2)", "FLOCK  ADVISORY  WRITE %d " % os.getpid() in locks)
    check("lock waiter", "-> FLOCK  ADVISORY  WRITE %d " % lock_waiter in locks)


time.sleep(0.3)
print("READY", flush=True)
for turn in range(rounds):
    while signal.sigtimedwait({signal.SIGUSR1}, 60) is None:
        print("still waiting", flush=True)
    for part in parts.checks:
        try:
            part()
        except Exception as problem:
            check("%s: %r" % (part.__name__, problem), False)
    print("DONE", turn + 1, "failures", len(failures), flush=True)

order("/box/cgroup.kill", 1)
order("/ice/cgroup.kill", 1)
check("killed group", os.WTERMSIG(os.waitpid(boxed, 0)[1]) == 9)
check("killed while frozen", os.WTERMSIG(os.waitpid(icy, 0)[1]) == 9)
os.kill(stopped, signal.SIGKILL)
os.kill(lock_waiter, signal.SIGKILL)
os.kill(echo, signal.SIGKILL)
os.kill(served, signal.SIGKILL)
os.kill(asking, signal.SIGKILL)
os.kill(confined, signal.SIGKILL)
os.kill(traced, signal.SIGKILL)
os.kill(watched_process, signal.SIGKILL)
os.kill(session, signal.SIGKILL)
os.kill(io_sharer, signal.SIGKILL)
shell.stdin.close()
check("shell ends", shell.wait(10) == 0)
check("zombie's status", os.waitpid(zombie, 0)[1] == 7 << 8)
check("stopped child dies", os.WTERMSIG(os.waitpid(stopped, 0)[1]) == 9)
print("ALL OK" if not failures else "%d FAILED" % len(failures), flush=True)
os._exit(1 if failures else 0)
