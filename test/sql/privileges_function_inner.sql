-- EXECUTE on a function that a function of the definition calls, which only calling it can tell: an error of the writers
-- as long as it lasts. The second one met it while the state of a plan was made that is kept from then on, whose locks
-- were still noted for the end of the transaction when it was gone: the server crashed.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA privileges_function_inner;
SET search_path = privileges_function_inner, ivm_test, public;
CREATE ROLE regress_ivm_owner;
GRANT ALL ON SCHEMA privileges_function_inner TO regress_ivm_owner;
GRANT USAGE ON SCHEMA ivm_test TO regress_ivm_owner;
GRANT INSERT ON ivm_test.definition TO regress_ivm_owner;
CREATE FUNCTION inner_third(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 % 3; END';
REVOKE EXECUTE ON FUNCTION inner_third FROM PUBLIC;
GRANT EXECUTE ON FUNCTION inner_third TO regress_ivm_owner;
-- written out where it is called
CREATE FUNCTION third(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT privileges_function_inner.inner_third($1)';
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (k int PRIMARY KEY, w int);
CREATE INDEX ON a (k);
ALTER TABLE a OWNER TO regress_ivm_owner;
ALTER TABLE b OWNER TO regress_ivm_owner;
SET ROLE regress_ivm_owner;
INSERT INTO b SELECT i, i FROM generate_series(1, 1000) i;
INSERT INTO a SELECT i, i % 1000, i FROM generate_series(1, 1000) i;
ANALYZE a, b;
SELECT make_view('joined', 'SELECT third(w) AS g, count(*) AS n FROM a JOIN b USING (k) GROUP BY 1');
RESET ROLE;
INSERT INTO a VALUES (-1, 5, 4);
INSERT INTO a VALUES (-2, 5, 4);
REVOKE EXECUTE ON FUNCTION inner_third FROM regress_ivm_owner;
INSERT INTO a VALUES (-3, 5, 4);
INSERT INTO a VALUES (-4, 5, 4);
INSERT INTO a VALUES (-5, 5, 4);
GRANT EXECUTE ON FUNCTION inner_third TO regress_ivm_owner;
INSERT INTO a VALUES (-6, 5, 4);
INSERT INTO a VALUES (-7, 5, 4);
SELECT * FROM check_views();
SELECT viewname, status FROM ivm.views;
SET client_min_messages = warning;
DROP SCHEMA privileges_function_inner CASCADE;
DROP OWNED BY regress_ivm_owner;
DROP ROLE regress_ivm_owner;
