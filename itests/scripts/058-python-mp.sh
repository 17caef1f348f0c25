#!/bin/bash
# Python multiprocessing.
. "$(dirname "$0")/prologue" || exit 99

python3 - <<'END'
import multiprocessing as mp
def f(x): return x * 2
def g(q): q.put("from child")
if __name__ == "__main__":
    mp.set_start_method("fork")
    q = mp.SimpleQueue(); p = mp.Process(target=g, args=(q,)); p.start(); print(q.get()); p.join(); print(p.exitcode)
    v = mp.Value("i", 0)
    def add():
        for _ in range(100):
            with v.get_lock(): v.value += 1
    ps = [mp.Process(target=add) for _ in range(3)]; [p.start() for p in ps]; [p.join() for p in ps]; print(v.value)
END
