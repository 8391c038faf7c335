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
-- by the owner of the storage, who knows what a view reads it by
SELECT state AS state FROM ivm.view WHERE view = 'grouped'::regclass \gset
DELETE FROM :state WHERE ivm._merged(tableoid);
UPDATE :state SET g = 2 WHERE ivm._merged(tableoid) AND g = 1;
MERGE INTO :state s USING t ON ivm._merged(s.tableoid) AND s.g = t.g WHEN MATCHED THEN DELETE;
CREATE VIEW reads_storage AS SELECT * FROM :state WHERE ivm._merged(tableoid);
DELETE FROM reads_storage;
DELETE FROM t USING :state s WHERE ivm._merged(s.tableoid) AND s.g = t.g AND t.id = 1;
SELECT * FROM check_views();
DROP SCHEMA error_write_to_view CASCADE;
