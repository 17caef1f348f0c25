#!/bin/bash
# Python threads and queues.
. "$(dirname "$0")/prologue" || exit 99

python3 - <<'END'
import threading, queue, time, concurrent.futures as cf
q = queue.Queue(); out = []
def work():
    while (x := q.get()) is not None: out.append(x * x)
ts = [threading.Thread(target=work) for _ in range(4)]
[t.start() for t in ts]; [q.put(i) for i in range(50)]; [q.put(None) for _ in ts]; [t.join() for t in ts]
print(sorted(out)[-1], len(out))
with cf.ThreadPoolExecutor(3) as ex: print(list(ex.map(lambda v: v + 1, range(5))))
e = threading.Event(); threading.Timer(0.05, e.set).start(); print(e.wait(5))
print(e.clear(), e.wait(0.01))
END
