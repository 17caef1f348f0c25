#!/bin/bash
# Sqlite, zlib, decimal, datetime and more.
. "$(dirname "$0")/prologue" || exit 99

python3 - <<'END'
import zlib, decimal, datetime, csv, io, struct, itertools, random, string, textwrap, uuid
d = bytes(range(256)) * 100; print(len(zlib.compress(d)) < len(d), zlib.decompress(zlib.compress(d)) == d, zlib.crc32(d))
print(decimal.Decimal(1) / 7, datetime.date(2024, 2, 28) + datetime.timedelta(2))
o = io.StringIO(); csv.writer(o).writerow(["a", 'b"c', 1]); print(o.getvalue().strip())
print(struct.pack("<IHb", 1, 2, -3).hex(), list(itertools.permutations("ab")), random.Random(5).randint(1, 100))
try:
    import sqlite3
    c = sqlite3.connect("t.db"); c.execute("create table t(a, b)"); c.executemany("insert into t values(?,?)", [(i, str(i)) for i in range(100)]); c.commit()
    print(c.execute("select sum(a), count(*) from t where a > 50").fetchone()); c.close()
    print(sqlite3.connect("t.db").execute("select max(a) from t").fetchone())
except ImportError: print("no sqlite")
END
