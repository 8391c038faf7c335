-- A view cannot be written, nor its rows be locked; its storage cannot be reached by
-- roles without rights.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA error_write_to_view;
SET search_path = error_write_to_view, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
SELECT make_view('grouped', 'SELECT g, count(*) AS n FROM t GROUP BY g');
SELECT make_view('bag', 'SELECT id, g FROM t');
SELECT make_view('distinct_g', 'SELECT DISTINCT g FROM t');
INSERT INTO t VALUES (1, 1, 1), (2, 1, 2);
\set VERBOSITY terse
INSERT INTO grouped VALUES (1, 2);
UPDATE grouped SET n = 5;
DELETE FROM grouped;
INSERT INTO bag VALUES (1, 2);
UPDATE bag SET g = 5;
DELETE FROM bag;
DELETE FROM distinct_g;
TRUNCATE grouped;
COPY grouped FROM '/dev/null';
SELECT * FROM bag FOR UPDATE;
DO $$
BEGIN
	MERGE INTO bag USING t ON bag.id = t.id WHEN MATCHED THEN DELETE;
EXCEPTION WHEN OTHERS THEN
	RAISE WARNING 'refused';
END $$;
SELECT * FROM check_views();
DROP SCHEMA error_write_to_view CASCADE;
