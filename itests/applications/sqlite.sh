# needs sqlite3
sqlite3 t.db "pragma journal_mode=wal; create table t(a integer primary key, b text);
with recursive c(x) as (select 1 union all select x+1 from c where x<20000) insert into t select x, printf('%08d', x*7919%20011) from c;
create index i on t(b); select count(*), sum(a), min(b) from t; delete from t where a%3=0; vacuum; pragma integrity_check; select count(*) from t;"
for i in 1 2 3 4; do sqlite3 -cmd '.timeout 20000' t.db "begin immediate; insert into t(b) values ('p$i'); commit;" & done; wait
sqlite3 t.db "select count(*) from t where b like 'p%'; pragma wal_checkpoint(truncate); pragma journal_mode=delete;"; ls
