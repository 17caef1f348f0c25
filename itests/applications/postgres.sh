# needs initdb-of-postgres setpriv psql
b=$(dirname "$(readlink -f "$(command -v postgres)")"); mkdir d && chown nobody . d && export HOME=$PWD
setpriv --reuid nobody --clear-groups sh -c "
$b/initdb -N -D d >log 2>&1 && tail -1 log | wc -l; $b/pg_ctl -D d -o '-k $PWD -c listen_addresses= -F' -l pg.log -w start >/dev/null; echo started \$?
psql -h $PWD -d postgres -At -c 'select sum(x) from generate_series(1,100000) x' -c 'create table t as select x, md5(x::text) m from generate_series(1,5000) x' -c 'select count(distinct m), max(m) from t'
$b/pgbench -h $PWD -i -q postgres >/dev/null 2>&1; $b/pgbench -h $PWD -c 4 -t 25 postgres 2>&1 | grep -E 'processed|failed'
$b/pg_ctl -D d -m fast stop >/dev/null; echo stopped \$?; grep -c 'database system is shut down' pg.log"
