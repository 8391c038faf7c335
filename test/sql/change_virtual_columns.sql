-- Virtual generated columns, where the server has them: their value is computed from
-- the row.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA change_virtual_columns;
SET search_path = change_virtual_columns, ivm_test, public;
DO $$
BEGIN
	IF current_setting('server_version_num')::int >= 180000 THEN
		EXECUTE 'CREATE TABLE t (id int PRIMARY KEY, a int, b int, k int GENERATED ALWAYS AS (a % 3) VIRTUAL, v int GENERATED ALWAYS AS (a * b) VIRTUAL)';
	ELSE
		EXECUTE 'CREATE TABLE t (id int PRIMARY KEY, a int, b int, k int GENERATED ALWAYS AS (a % 3) STORED, v int GENERATED ALWAYS AS (a * b) STORED)';
	END IF;
END $$;
SELECT make_view('grouped', 'SELECT k, count(*), sum(v), max(v) FROM t GROUP BY k');
SELECT make_view('filtered', 'SELECT a, count(*) FROM t WHERE v > 3 GROUP BY a');
SELECT make_view('bag', 'SELECT k, v + 1 AS v1 FROM t');
INSERT INTO t (id, a, b) SELECT i, i, i + 1 FROM generate_series(1, 10) i;
SELECT * FROM grouped ORDER BY k;
SELECT * FROM check_views();
UPDATE t SET a = a + 1;
UPDATE t SET b = NULL WHERE a > 8;
SELECT * FROM check_views();
DELETE FROM t WHERE k = 1;
SELECT * FROM check_views();
SELECT make_late_views();
BEGIN;
DELETE FROM t WHERE id = 1;
UPDATE t SET a = 1 WHERE id = 2;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
DROP SCHEMA change_virtual_columns CASCADE;
