-- Hardly any memory for pending changes of joins: the rows spill, in savepoints too.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA join_little_memory;
SET search_path = join_little_memory, ivm_test, public;
SET ivm.pending_mem = '64kB';
SET work_mem = '64kB';
CREATE TABLE a (id int PRIMARY KEY, k int, v int, pad text);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('grouped', 'SELECT a.k, count(*) AS n, sum(v) AS s, max(w) AS hi FROM a JOIN b ON b.k = a.k GROUP BY a.k');
SELECT make_view('bag', 'SELECT v % 50 AS v, w FROM a JOIN b ON b.k = a.k');
SELECT make_view('lefts', 'SELECT a.k, count(b.id) AS n FROM a LEFT JOIN b ON b.k = a.k GROUP BY a.k');
INSERT INTO b SELECT i, i, i % 7 FROM generate_series(1, 300) i;
INSERT INTO a SELECT i, i % 400, i, repeat('x', 100) FROM generate_series(1, 1500) i;
SELECT * FROM check_views();
BEGIN;
UPDATE a SET v = v + 1;
UPDATE b SET w = w + 1 WHERE id % 2 = 0;
SELECT count(*), sum(n), sum(s), sum(hi) FROM grouped;
SELECT * FROM check_views();
SAVEPOINT s;
DELETE FROM a WHERE id % 3 = 0;
UPDATE b SET k = 301 - k;
SELECT * FROM check_views();
ROLLBACK TO s;
INSERT INTO a SELECT i, i, i, '' FROM generate_series(2001, 3000) i;
INSERT INTO b SELECT i, i, i FROM generate_series(2501, 2600) i;
RELEASE s;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
SELECT fold_views();
BEGIN;
DELETE FROM b;
ROLLBACK;
DELETE FROM a WHERE id > 1000;
SELECT * FROM check_views();
DROP SCHEMA join_little_memory CASCADE;
