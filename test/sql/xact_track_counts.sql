-- Reads in mid-statement are found by the table's statistics: switching these off and on
-- must not make a view show less than its definition.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA xact_track_counts;
SET search_path = xact_track_counts, ivm_test, public;
CREATE TABLE t (k int, x int);
SELECT make_view('sums', 'SELECT k, sum(x) AS total FROM t GROUP BY k');
CREATE FUNCTION peek() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN format('view %s, table %s', (SELECT sum(total) FROM sums), (SELECT sum(x) FROM t));
END $$;
INSERT INTO t VALUES (1, 1), (1, 10) RETURNING peek();
BEGIN;
SET LOCAL track_counts = off;
INSERT INTO t VALUES (1, 100);
SELECT peek();
INSERT INTO t VALUES (1, 1000), (1, 10000) RETURNING peek();
SET LOCAL track_counts = on;
SELECT peek();
INSERT INTO t SELECT 1, 100000 FROM generate_series(1, 4) RETURNING peek();
SAVEPOINT s;
DELETE FROM t WHERE x < 100 RETURNING peek();
ROLLBACK TO s;
SELECT peek();
COMMIT;
INSERT INTO t VALUES (1, 1), (1, 10) RETURNING peek();
SELECT * FROM check_views();
DROP SCHEMA xact_track_counts CASCADE;
