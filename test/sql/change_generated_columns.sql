-- Stored generated columns, identity columns and defaults, used as key, value and
-- filter.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA change_generated_columns;
SET search_path = change_generated_columns, ivm_test, public;
CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, a int DEFAULT 7, b int, k int GENERATED ALWAYS AS (a % 3) STORED, v numeric GENERATED ALWAYS AS (a * b / 4.0) STORED);
SELECT make_view('grouped', 'SELECT k, count(*), sum(v), max(v), max(id) AS last FROM t GROUP BY k');
SELECT make_view('filtered', 'SELECT a, count(*) FROM t WHERE v > 3 GROUP BY a');
SELECT make_view('bag', 'SELECT k, v FROM t');
INSERT INTO t (a, b) SELECT i, i + 1 FROM generate_series(1, 10) i;
INSERT INTO t (b) VALUES (1), (NULL), (3);
SELECT * FROM grouped ORDER BY k;
SELECT * FROM check_views();
UPDATE t SET a = a + 1;
UPDATE t SET b = DEFAULT WHERE a > 8;
SELECT * FROM check_views();
DELETE FROM t WHERE k = 1;
SELECT * FROM check_views();
DROP SCHEMA change_generated_columns CASCADE;
