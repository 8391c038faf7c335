-- Definitions with many keys and many aggregates.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA query_many_columns;
SET search_path = query_many_columns, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
SELECT format('SELECT %s, count(*) FROM t GROUP BY %1$s', string_agg(format('(a + %s) %% 3', i), ', ')) AS keys,
	   format('SELECT a, %s FROM t GROUP BY a', string_agg(format('sum(b + %s) AS s%1$s, min(b - %1$s) AS m%1$s', i), ', ')) AS aggs
FROM generate_series(1, 40) i
\gset
SELECT format('SELECT %s, count(*) FROM t GROUP BY %s',
	string_agg(format('(a + %s) %% 3 AS k%1$s', i), ', '), string_agg(format('(a + %s) %% 3', i), ', ')) AS keys
FROM generate_series(1, 40) i
\gset
SELECT make_view('forty_keys', :'keys');
SELECT make_view('eighty_aggregates', :'aggs');
INSERT INTO t SELECT i, i % 7, i * i % 19 FROM generate_series(1, 60) i;
SELECT * FROM check_views();
UPDATE t SET a = a + 1, b = b - 5 WHERE id % 2 = 0;
SELECT * FROM check_views();
DELETE FROM t WHERE id % 3 = 0;
SELECT * FROM check_views();
DROP SCHEMA query_many_columns CASCADE;
