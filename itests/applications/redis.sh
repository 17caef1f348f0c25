# needs redis-server redis-cli
redis-server --port 0 --unixsocket "$PWD/s" --dir "$PWD" --save '' --appendonly yes >log 2>&1 & server=$!
until redis-cli -s s ping 2>/dev/null | grep -q PONG; do sleep 0.1; done
redis-cli -s s set a 5; redis-cli -s s incr a; redis-cli -s s rpush l x y z; redis-cli -s s eval 'return redis.call("lrange", KEYS[1], 0, -1)' 1 l
redis-cli -s s save; seq 500 | sed 's/^/set k/;s/$/ v/' | redis-cli -s s >/dev/null; redis-cli -s s dbsize; redis-cli -s s shutdown nosave; wait $server; echo $?
