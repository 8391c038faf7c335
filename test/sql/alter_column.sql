-- Columns that a view reads keep their type and their existence; others are free.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA alter_column;
SET search_path = alter_column, ivm_test, public;
CREATE TABLE t (g int, unused int, x numeric, gone text, d date);
INSERT INTO t SELECT i % 3, i, i, i, '2026-01-01' FROM generate_series(1, 10) i;
SELECT make_view('v', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
SELECT make_view('b', 'SELECT x, d FROM t');
ALTER TABLE t ALTER COLUMN x TYPE bigint;
ALTER TABLE t ALTER COLUMN g TYPE text;
ALTER TABLE t DROP COLUMN d;
ALTER TABLE t ALTER COLUMN unused TYPE text;
SELECT * FROM check_views();
ALTER TABLE t DROP COLUMN gone;
INSERT INTO t VALUES (1, 'a', 5, '2026-01-02');
ALTER TABLE t ADD COLUMN added int DEFAULT 7;
ALTER TABLE t ALTER COLUMN g SET NOT NULL;
INSERT INTO t VALUES (1, 'a', 5, '2026-01-02', 8);
UPDATE t SET added = 1;
UPDATE t SET x = 3, unused = 'b' WHERE g = 1;
DELETE FROM t WHERE g = 0;
SELECT * FROM check_views();
BEGIN;
INSERT INTO t VALUES (2, 'a', 5, '2026-01-02', 8);
ALTER TABLE t DROP COLUMN unused;
INSERT INTO t VALUES (2, 5, '2026-01-02', 8);
SELECT * FROM check_views();
SAVEPOINT a;
ALTER TABLE t ADD COLUMN later text DEFAULT 'x';
UPDATE t SET later = 'y', x = x + 1;
SELECT * FROM check_views();
ROLLBACK TO a;
DELETE FROM t WHERE x = 5;
COMMIT;
SELECT * FROM check_views();
CREATE INDEX ON t (x);
CLUSTER t USING t_x_idx;
VACUUM FULL t;
INSERT INTO t VALUES (3, 5, '2026-01-02', 8);
SELECT * FROM check_views();
SELECT viewname, status FROM ivm.views WHERE schemaname = 'alter_column' ORDER BY 1;
DROP SCHEMA alter_column CASCADE;
