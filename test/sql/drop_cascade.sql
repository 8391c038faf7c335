-- Views go with their tables, columns, schemas and owners, and leave nothing behind.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA drop_cascade;
SET search_path = drop_cascade, ivm_test, public;
CREATE FUNCTION public.dc_left(OUT relations bigint, OUT views bigint) LANGUAGE sql AS $$
	SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace AND relname ~ '^dcv'),
		   (SELECT count(*) FROM ivm.view WHERE state::text ~ 'dcv') $$;
CREATE TABLE t (g int, x numeric, y int);
INSERT INTO t SELECT i % 3, i, i FROM generate_series(1, 10) i;
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
-- the table
SELECT ivm.create_view('dcv1', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
CREATE VIEW above AS SELECT * FROM dcv1;
DROP TABLE t;
DROP TABLE t CASCADE;
SELECT * FROM public.dc_left();
SELECT * FROM above;
-- a column
CREATE TABLE t (g int, x numeric, y int);
SELECT ivm.create_view('dcv1', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
SELECT make_view('dcv2', 'SELECT g, sum(y) AS s FROM t GROUP BY g');
ALTER TABLE t DROP COLUMN x;
ALTER TABLE t DROP COLUMN x CASCADE;
SELECT * FROM public.dc_left();
INSERT INTO t VALUES (1, 1);
SELECT * FROM check_views();
TRUNCATE definition;
-- a function
SELECT ivm.create_view('dcv1', 'SELECT twice(g) AS g2, sum(y) AS s FROM t GROUP BY 1');
DROP FUNCTION twice(int);
DROP FUNCTION twice(int) CASCADE;
SELECT * FROM public.dc_left();
-- schemas: the view's, and the table's
CREATE SCHEMA drop_cascade2;
SELECT ivm.create_view('drop_cascade2.dcv3', 'SELECT g, sum(y) AS s FROM t GROUP BY g');
DROP SCHEMA drop_cascade2;
DROP SCHEMA drop_cascade2 CASCADE;
SELECT * FROM public.dc_left();
CREATE SCHEMA drop_cascade2;
CREATE TABLE drop_cascade2.t2 (g int);
SELECT ivm.create_view('dcv4', 'SELECT g, count(*) AS n FROM drop_cascade2.t2 GROUP BY g');
DROP SCHEMA drop_cascade2 CASCADE;
SELECT * FROM dcv4;
SELECT * FROM public.dc_left();
-- the owner
CREATE ROLE regress_ivm_dc;
GRANT ALL ON SCHEMA drop_cascade TO regress_ivm_dc;
GRANT SELECT, TRIGGER ON t TO regress_ivm_dc;
SET ROLE regress_ivm_dc;
SELECT ivm.create_view('dcv5', 'SELECT g, count(*) AS n FROM t GROUP BY g');
RESET ROLE;
DROP ROLE regress_ivm_dc;
DROP OWNED BY regress_ivm_dc;
DROP ROLE regress_ivm_dc;
SELECT * FROM public.dc_left();
SELECT tgname FROM pg_trigger WHERE tgrelid = 't'::regclass ORDER BY 1;
DROP VIEW dcv2;
SELECT tgname FROM pg_trigger WHERE tgrelid = 't'::regclass ORDER BY 1;
INSERT INTO t VALUES (1, 1);
DROP SCHEMA drop_cascade CASCADE;
SELECT * FROM public.dc_left();
DROP FUNCTION public.dc_left;
