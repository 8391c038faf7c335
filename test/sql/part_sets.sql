-- An expression with a part, grouped by, is NULL in the sets without it, within other expressions too.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA part_sets;
SET search_path = part_sets, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k int, x int);
INSERT INTO t SELECT i, i % 3, i FROM generate_series(1, 9) i;
-- not make_view(): before 18, core itself computes k + (SELECT ...) from some row there
SELECT ivm.create_view('v', 'SELECT 1 + (k + (SELECT min(x) FROM t)) AS y, count(*) AS n, grouping(k + (SELECT min(x) FROM t)) AS g FROM t GROUP BY ROLLUP (k + (SELECT min(x) FROM t))');
SELECT ivm.create_view('w', 'SELECT 1 + (k + (SELECT min(x) FROM t)) AS y, count(*) AS n FROM t WHERE x <= (SELECT max(x) FROM t) GROUP BY ROLLUP (k + (SELECT min(x) FROM t)) HAVING k + (SELECT min(x) FROM t) > 0');
SELECT * FROM v ORDER BY y;
SELECT * FROM w ORDER BY y;
DELETE FROM t WHERE id IN (1, 4);
SELECT * FROM v ORDER BY y;
SELECT * FROM w ORDER BY y;
DROP SCHEMA part_sets CASCADE;
