-- A writer needs no right on the view, its storage or its functions; evaluation is as
-- the view's owner.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA settings_role_and_security;
SET search_path = settings_role_and_security, ivm_test, public;
CREATE ROLE regress_ivm_writer;
CREATE ROLE regress_ivm_owner;
GRANT ALL ON SCHEMA settings_role_and_security TO regress_ivm_owner;
GRANT USAGE ON SCHEMA settings_role_and_security TO regress_ivm_writer;
CREATE FUNCTION secret(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 % 3';
REVOKE ALL ON FUNCTION secret(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION secret(int) TO regress_ivm_owner;
CREATE FUNCTION who(int) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN current_user; END';
SET ROLE regress_ivm_owner;
CREATE TABLE t (id int PRIMARY KEY, v int);
SELECT ivm.create_view('by_secret', 'SELECT secret(v) AS k, count(*) AS n FROM t GROUP BY 1');
SELECT ivm.create_view('by_who', 'SELECT who(v) AS k, count(*) AS n FROM t GROUP BY 1');
GRANT INSERT, UPDATE, DELETE, SELECT ON t TO regress_ivm_writer;
SET ROLE regress_ivm_writer;
INSERT INTO t SELECT i, i FROM generate_series(1, 10) i;
UPDATE t SET v = v + 1 WHERE id < 4;
DELETE FROM t WHERE id = 10;
SELECT secret(1);
SELECT * FROM by_secret;
RESET ROLE;
SELECT * FROM by_secret ORDER BY k;
SELECT * FROM by_who;
SELECT oracle('by_secret', 'SELECT secret(v) AS k, count(*) AS n FROM t GROUP BY 1');
DROP OWNED BY regress_ivm_owner, regress_ivm_writer;
DROP ROLE regress_ivm_owner, regress_ivm_writer;
DROP SCHEMA settings_role_and_security CASCADE;
