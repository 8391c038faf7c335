-- ALTER VIEW OWNER takes the storage along; the new owner reads and drops.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA alter_owner;
SET search_path = alter_owner, ivm_test, public;
CREATE ROLE regress_ivm_old;
CREATE ROLE regress_ivm_new;
GRANT ALL ON SCHEMA alter_owner TO regress_ivm_old, regress_ivm_new;
CREATE TABLE t (g int, x numeric);
INSERT INTO t SELECT i % 3, i FROM generate_series(1, 10) i;
GRANT SELECT, TRIGGER ON t TO regress_ivm_old, regress_ivm_new;
GRANT regress_ivm_new TO regress_ivm_old;
CREATE FUNCTION owners() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$
	SELECT string_agg(DISTINCT relowner::regrole::text, ',') || ' ' || count(*) FROM ivm.view v, pg_class c
	WHERE c.oid IN (v.view, v.definition, v.state, v.delta) AND v.state::text ~ 'aov' $$;
SET ROLE regress_ivm_old;
SELECT ivm.create_view('aov', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
SELECT owners();
ALTER VIEW aov OWNER TO regress_ivm_new;
SELECT owners();
RESET ROLE;
INSERT INTO t VALUES (1, 1);
SET ROLE regress_ivm_new;
SELECT * FROM aov ORDER BY g;
RESET ROLE;
-- by the other spelling, and within REASSIGN OWNED
ALTER TABLE aov OWNER TO regress_ivm_old;
SELECT owners();
REASSIGN OWNED BY regress_ivm_old TO regress_ivm_new;
SELECT owners();
INSERT INTO t VALUES (1, 1);
BEGIN;
INSERT INTO t VALUES (1, 1);
ALTER VIEW aov OWNER TO regress_ivm_old;
INSERT INTO t VALUES (1, 1);
SELECT * FROM aov ORDER BY g;
ROLLBACK;
SELECT owners();
SET ROLE regress_ivm_new;
SELECT * FROM aov ORDER BY g;
DROP VIEW aov;
RESET ROLE;
SELECT relname FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace AND relname ~ '^aov';
DROP SCHEMA alter_owner CASCADE;
DROP OWNED BY regress_ivm_old, regress_ivm_new;
DROP ROLE regress_ivm_old, regress_ivm_new;
