-- Prepared statements with generic plans: reads with parameters and writes, across
-- changes of the data and of the table.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA xact_prepared_statements;
SET search_path = xact_prepared_statements, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, min(x) AS lo, max(x) AS hi FROM t GROUP BY g');
SELECT make_view('listed', $$SELECT g, string_agg(x::text, ',' ORDER BY x, id) AS l FROM t WHERE x > 1 GROUP BY g$$);
SELECT make_view('bag', 'SELECT g, x % 3 AS r FROM t');
INSERT INTO t SELECT i, i % 3, i FROM generate_series(1, 9) i;
SET plan_cache_mode = force_generic_plan;
PREPARE one(int) AS SELECT * FROM grouped WHERE g = $1;
PREPARE every AS SELECT * FROM grouped ORDER BY g;
PREPARE put(int, int, int) AS INSERT INTO t VALUES ($1, $2, $3);
PREPARE move(int, int) AS UPDATE t SET g = $2 WHERE id = $1;
EXECUTE one(1);
EXECUTE put(10, 1, 100);
EXECUTE one(1);
BEGIN;
EXECUTE put(11, 1, 200);
EXECUTE one(1);
EXECUTE move(11, 2);
EXECUTE every;
ROLLBACK;
EXECUTE one(1);
EXECUTE one(77);
EXECUTE one(NULL);
ALTER TABLE t ADD COLUMN extra int DEFAULT 5;
EXECUTE one(1);
EXECUTE move(1, 2);
EXECUTE every;
CREATE INDEX ON t (g);
SELECT ivm.create_view('another', 'SELECT extra, count(*) FROM t GROUP BY extra');
EXECUTE move(2, 0);
EXECUTE every;
SELECT * FROM another;
SELECT ivm.drop_view('another');
EXECUTE move(2, 1);
EXECUTE every;
SELECT * FROM check_views();
-- functions keep plans as well
CREATE FUNCTION total(int) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT s FROM grouped WHERE g = $1); END $$;
SELECT total(1);
UPDATE t SET x = x + 1;
SELECT total(1);
BEGIN;
UPDATE t SET x = 0 WHERE g = 1;
SELECT total(1);
ROLLBACK;
SELECT total(1);
SELECT * FROM check_views();
DROP SCHEMA xact_prepared_statements CASCADE;
