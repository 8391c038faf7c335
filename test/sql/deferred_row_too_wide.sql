-- Rows of a table that is nearly as wide as a row can be: a log of all its columns would
-- not hold them, so a deferred view of whole rows is refused; one that names columns is not.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY default
CREATE SCHEMA deferred_row_too_wide;
SET search_path = deferred_row_too_wide, ivm_test, public;
DO $$ BEGIN EXECUTE (SELECT format('CREATE TABLE wide (%s)', string_agg('c' || i || ' bigint', ', ')) FROM generate_series(1, 1002) i); END $$;
DO $$ BEGIN EXECUTE (SELECT format('CREATE TABLE many (%s)', string_agg('c' || i || ' "char"', ', ')) FROM generate_series(1, 1600) i); END $$;
SELECT ivm.create_view('v', 'SELECT md5(wide::text) AS h FROM wide', 'deferred');
SELECT ivm.create_view('v', 'SELECT md5(many::text) AS h FROM many', 'deferred');
SELECT ivm.create_view('v', 'SELECT md5(wide::text) AS h FROM wide') IS NOT NULL AS created;
SELECT ivm.alter_view('v', '{"mode": "deferred"}');
SELECT ivm.drop_view('v');
INSERT INTO ivm_test.definition
VALUES (ivm.create_view('v', 'SELECT c1, sum(c1002) AS s FROM wide GROUP BY c1', 'deferred', options => '{"max_staleness": "0"}'),
	'SELECT c1, sum(c1002) AS s FROM wide GROUP BY c1', 'both');
DO $$ BEGIN EXECUTE (SELECT format('INSERT INTO wide VALUES (%s)', string_agg('7', ', ')) FROM generate_series(1, 1002) i); END $$;
SELECT * FROM check_views();
SELECT method FROM ivm.refresh('v');
SELECT * FROM check_views();
DROP SCHEMA deferred_row_too_wide CASCADE;
