-- Plain rows, filtered and projected, from a table without a primary key: each as
-- often as it is there.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA query_bag;
SET search_path = query_bag, ivm_test, public;
CREATE TABLE t (a int, b text, c numeric);
SELECT make_view('whole', 'SELECT * FROM t');
SELECT make_view('part', 'SELECT b FROM t');
SELECT make_view('shuffled', 'SELECT c, a AS x, b AS y, a + 1 AS z FROM t WHERE a > 1 OR b IS NULL');
SELECT make_view('constant', $$SELECT 1 AS one, 'x'::text AS x FROM t$$);
SELECT make_view('repeated', 'SELECT a AS a1, a AS a2, a + a AS a3 FROM t');
SELECT * FROM check_views();
INSERT INTO t VALUES (1, 'a', 1.0), (1, 'a', 1.0), (1, 'a', 1.00), (2, NULL, NULL), (2, NULL, NULL), (NULL, NULL, NULL);
SELECT * FROM whole ORDER BY a, c::text;
SELECT * FROM constant;
SELECT * FROM check_views();
-- one of several alike
DELETE FROM t WHERE ctid = (SELECT min(ctid) FROM t WHERE a = 1);
DELETE FROM t WHERE ctid = (SELECT min(ctid) FROM t WHERE a = 2);
SELECT * FROM whole ORDER BY a, c::text;
SELECT * FROM check_views();
INSERT INTO t SELECT * FROM t CROSS JOIN LATERAL (SELECT FROM generate_series(1, 100)) s;
SELECT count(*) FROM whole;
SELECT * FROM check_views();
UPDATE t SET a = 3 WHERE c::text = '1.0';
UPDATE t SET b = b || '!', c = 1.000 WHERE a = 1;
SELECT * FROM check_views();
BEGIN;
DELETE FROM t WHERE a = 3;
INSERT INTO t VALUES (3, 'new', 3);
SELECT count(*) FROM whole;
SELECT * FROM check_views();
ROLLBACK;
SELECT * FROM check_views();
DELETE FROM t;
SELECT * FROM check_views();
DROP SCHEMA query_bag CASCADE;
