-- Prepared statements and functions with generic plans over views of joins.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA join_prepared_statements;
SET search_path = join_prepared_statements, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('grouped', 'SELECT a.k, count(*) AS n, sum(w) AS s FROM a JOIN b ON a.k = b.k GROUP BY a.k');
SELECT make_view('lefts', 'SELECT a.id, a.k, b.w FROM a LEFT JOIN b ON a.k = b.k');
INSERT INTO a SELECT i, i % 3, i FROM generate_series(1, 9) i;
INSERT INTO b SELECT i, i % 4, i FROM generate_series(1, 6) i;
SET plan_cache_mode = force_generic_plan;
PREPARE one(int) AS SELECT * FROM grouped WHERE k = $1;
PREPARE rows(int) AS SELECT * FROM lefts WHERE k = $1 ORDER BY id, w;
PREPARE put_a(int, int, int) AS INSERT INTO a VALUES ($1, $2, $3);
PREPARE set_b(int, int) AS UPDATE b SET w = $2 WHERE k = $1;
EXECUTE one(1);
EXECUTE put_a(20, 1, 1);
EXECUTE one(1);
EXECUTE set_b(1, 100);
EXECUTE one(1);
BEGIN;
EXECUTE put_a(21, 1, 1);
EXECUTE set_b(1, 7);
EXECUTE one(1);
EXECUTE rows(0);
DELETE FROM b WHERE k = 0;
EXECUTE rows(0);
ROLLBACK;
EXECUTE one(1);
EXECUTE rows(0);
ALTER TABLE b ADD COLUMN extra int DEFAULT 3;
CREATE INDEX ON b (k);
ANALYZE a, b;
EXECUTE put_a(22, 2, 1);
EXECUTE set_b(2, 5);
EXECUTE one(2);
SELECT * FROM check_views();
-- the definition's own plans, with many rows and with few
INSERT INTO a SELECT i, i % 50, i FROM generate_series(100, 600) i;
EXECUTE put_a(23, 3, 1);
UPDATE b SET w = w + 1;
EXECUTE one(3);
INSERT INTO b SELECT i, i % 50, i FROM generate_series(100, 300) i;
EXECUTE set_b(3, 1);
DELETE FROM a WHERE id > 150;
SELECT * FROM check_views();
-- the table it joins is rebuilt
CLUSTER b USING b_pkey;
ALTER TABLE a ALTER COLUMN id SET DEFAULT 0;
EXECUTE put_a(24, 1, 4);
EXECUTE set_b(1, 9);
EXECUTE one(1);
SELECT * FROM check_views();
DROP SCHEMA join_prepared_statements CASCADE;
