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
-- what functions of the view's owner would leave in the session of a writer, to act as the writer
SET ROLE regress_ivm_owner;
CREATE TABLE traps (trap text);
CREATE FUNCTION lay() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE (SELECT trap FROM settings_role_and_security.traps); END $$;
CREATE FUNCTION laying(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM settings_role_and_security.lay(); RETURN $1; END $$;
CREATE DOMAIN laid AS int CHECK (settings_role_and_security.laying(VALUE) = VALUE);
CREATE TABLE u (id int PRIMARY KEY, v int);
GRANT INSERT ON u TO regress_ivm_writer;
INSERT INTO traps VALUES ('SELECT');
SELECT ivm.create_view('by_laying', 'SELECT laying(v) AS k, count(*) AS n FROM u GROUP BY 1');
SELECT ivm.create_view('by_domain', 'SELECT v::laid AS k, count(*) AS n FROM u GROUP BY 1');
\set VERBOSITY terse
UPDATE traps SET trap = $$CREATE TEMP TABLE t (id int, v int)$$;
SET ROLE regress_ivm_writer;
INSERT INTO u VALUES (1, 1);
SET ROLE regress_ivm_owner;
UPDATE traps SET trap = $$LISTEN regress_ivm_spy$$;
SET ROLE regress_ivm_writer;
INSERT INTO u VALUES (1, 1);
SET ROLE regress_ivm_owner;
UPDATE traps SET trap = $$SELECT set_config('search_path', 'pg_catalog', false), set_config('DateStyle', 'German', false)$$;
SET ROLE regress_ivm_writer;
INSERT INTO u VALUES (1, 1);
SHOW search_path;
SET ROLE regress_ivm_owner;
SELECT ivm.drop_view('by_laying');
SET ROLE regress_ivm_writer;
INSERT INTO u VALUES (2, 2);
SHOW search_path;
SHOW DateStyle;
RESET ROLE;
SELECT * FROM by_domain ORDER BY k;
DROP OWNED BY regress_ivm_owner, regress_ivm_writer;
DROP ROLE regress_ivm_owner, regress_ivm_writer;
DROP SCHEMA settings_role_and_security CASCADE;
