-- A view's owner needs no other right to drop it; others may not.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA drop_by_owner;
SET search_path = drop_by_owner, ivm_test, public;
CREATE ROLE regress_ivm_owner;
CREATE ROLE regress_ivm_other;
GRANT ALL ON SCHEMA drop_by_owner TO regress_ivm_owner, regress_ivm_other;
CREATE TABLE t (g int, x numeric);
GRANT SELECT, INSERT, TRIGGER ON t TO regress_ivm_owner;
SET ROLE regress_ivm_owner;
SELECT ivm.create_view('dbo1', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
SELECT ivm.create_view('dbo2', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
SELECT ivm.create_view('dbo3', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
INSERT INTO t VALUES (1, 1);
SET ROLE regress_ivm_other;
DROP VIEW dbo1;
SELECT ivm.drop_view('dbo1');
SET ROLE regress_ivm_owner;
DROP VIEW dbo1;
SELECT ivm.drop_view('dbo2');
INSERT INTO t VALUES (1, 1);
TABLE dbo3;
-- the last one on a table of somebody else
RESET ROLE;
REVOKE ALL ON t FROM regress_ivm_owner;
SET ROLE regress_ivm_owner;
DROP VIEW dbo3;
RESET ROLE;
SELECT tgname FROM pg_trigger WHERE tgrelid = 't'::regclass;
SELECT relname FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace AND relname ~ '^dbo';
SELECT count(*) FROM ivm.view WHERE view::text ~ 'dbo';
DROP SCHEMA drop_by_owner CASCADE;
DROP ROLE regress_ivm_owner, regress_ivm_other;
