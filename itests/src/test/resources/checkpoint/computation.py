"""A computation with all kinds of kernel objects in use; its output is the same whether it is interrupted or not."""
import hashlib, mmap, os, queue, select, signal, socket, subprocess, sys, threading, time

directory = sys.argv[1]
started, started_real = time.monotonic(), time.time()

reader, writer = os.pipe()
os.write(writer, b"bytes in a pipe")
deleted = open("/tmp/checkpointed", "w+")
deleted.write("content of a deleted file")
deleted.flush()
os.unlink("/tmp/checkpointed")
host_file = open(directory + "/hostfile")
host_file.read(5)
os.chdir(directory)
os.umask(0o27)
left, right = socket.socketpair()
left.sendall(b"in the socket")
socket.send_fds(left, [b"fd"], [os.open("/etc/hostname", os.O_RDONLY)])
poller = select.epoll()
poller.register(right.fileno(), select.EPOLLIN | select.EPOLLET)
shared = mmap.mmap(-1, 1 << 20)
shared[12345] = 77
results = queue.Queue()


def hash_slowly(number):
    digest = hashlib.sha256()
    for i in range(40):
        digest.update(str((number, i)).encode())
        time.sleep(0.1)
    results.put((number, digest.hexdigest()[:8]))


def wait_for_event():
    results.put(("event", event.wait(60)))


ticks = []
signal.signal(signal.SIGALRM, lambda *_: ticks.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.5, 0.5)
blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
os.kill(os.getpid(), signal.SIGUSR1)
threads = [threading.Thread(target=hash_slowly, args=(i,)) for i in range(4)]
event = threading.Event()
waiter = threading.Thread(target=wait_for_event)
for thread in threads + [waiter]:
    thread.start()
child = subprocess.Popen(
    [sys.executable, "-c", "import time\nfor i in range(20): time.sleep(0.2)\nprint('child done'); exit(7)"],
    stdout=subprocess.PIPE)
listener = socket.socket(socket.AF_UNIX)
listener.bind("\0checkpointed")
listener.listen(5)
client = socket.socket(socket.AF_UNIX)
client.connect("\0checkpointed")
client.sendall(b"queued connection")
pid = os.getpid()
print("ready", flush=True)

total = 0
for i in range(300000):
    total += i * i % 7
    if i % 30000 == 0:
        time.sleep(0.3)
for thread in threads:
    thread.join()
output, _ = child.communicate()
event.set()
waiter.join()
print("total", total, "threads", sorted(str(results.get()) for _ in range(5)))
print("child", output, child.returncode, "pid", pid == os.getpid())
deleted.seek(0)
print("pipe", os.read(reader, 100), "file", deleted.read(), "host", host_file.read(), "memory", shared[12345])
print("cwd", os.getcwd() == directory, "umask", oct(os.umask(0)), "pending", signal.SIGUSR1 in signal.sigpending())
print("epoll", [(fd == right.fileno(), events) for fd, events in poller.poll(1)])
print("socket", right.recv(13), [os.read(fd, 1) != b"" for fd in socket.recv_fds(right, 10, 4)[1]])
print("accepted", listener.accept()[0].recv(100))
signal.setitimer(signal.ITIMER_REAL, 0)
print("timer", len(ticks) > 5)
stopped = time.time() - started_real - (time.monotonic() - started)
print("stopped for", "seconds" if stopped > 2 else "no time", flush=True)
