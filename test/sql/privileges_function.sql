-- EXECUTE on a function of the definition, taken from the owner of the views: the writers go on, immediate views
-- turn stale, and deferred ones go on logging. In a view over several tables the second write met the error while
-- the state of its plan was made that is kept from then on, and the server crashed.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA privileges_function;
SET search_path = privileges_function, ivm_test, public;
CREATE ROLE regress_ivm_owner;
GRANT ALL ON SCHEMA privileges_function TO regress_ivm_owner;
GRANT USAGE ON SCHEMA ivm_test TO regress_ivm_owner;
GRANT INSERT ON ivm_test.definition TO regress_ivm_owner;
CREATE FUNCTION inner_third(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 % 3; END';
CREATE FUNCTION third(int) RETURNS int LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER SET search_path = privileges_function
	AS 'BEGIN RETURN inner_third($1); END';
CREATE FUNCTION larger(int, int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN greatest($1, $2); END';
CREATE AGGREGATE largest(int) (SFUNC = larger, STYPE = int);
REVOKE EXECUTE ON FUNCTION inner_third, third, larger, largest FROM PUBLIC;
GRANT EXECUTE ON FUNCTION third, largest TO regress_ivm_owner;
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
SELECT make_view('single', 'SELECT third(k) AS g, sum(v) AS s FROM a GROUP BY 1');
SELECT make_view('aggregated', 'SELECT k % 10 AS g, largest(v) AS l FROM a GROUP BY 1');
SELECT make_view('other', 'SELECT k, count(*) AS n FROM a GROUP BY 1');
SELECT ivm.create_view('later', 'SELECT third(k) AS g, count(*) AS n FROM a GROUP BY 1', 'deferred');
RESET ROLE;
-- what the functions call in turn is nobody's business
INSERT INTO a SELECT -i, 5, i FROM generate_series(1, 3) i;
INSERT INTO a VALUES (-4, 5, 4);
SELECT * FROM check_views();
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
REVOKE EXECUTE ON FUNCTION third FROM regress_ivm_owner;
INSERT INTO a VALUES (-5, 5, 4);
INSERT INTO a VALUES (-6, 5, 4);
UPDATE b SET w = w + 1 WHERE k = 5;
DELETE FROM a WHERE id = -6;
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
REVOKE EXECUTE ON FUNCTION largest FROM regress_ivm_owner;
UPDATE a SET v = v + 1 WHERE id < 3;
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
SET ROLE regress_ivm_owner;
SELECT method FROM ivm.refresh('later');
SELECT method FROM ivm.refresh('single');
SELECT ivm.create_view('again', 'SELECT third(k) AS g, sum(v) AS s FROM a GROUP BY 1');
RESET ROLE;
GRANT EXECUTE ON FUNCTION third, largest TO regress_ivm_owner;
SELECT * FROM check_views();
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
SELECT method, reason FROM ivm.refresh('later');
SELECT count(*) AS differences FROM (TABLE later EXCEPT ALL SELECT third(k), count(*) FROM a GROUP BY 1) d;
CALL ivm.refresh_all();
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
INSERT INTO a VALUES (-7, 6, 4);
INSERT INTO a VALUES (-8, 6, 4);
SELECT * FROM check_views();
-- by membership
CREATE ROLE regress_ivm_group;
REVOKE EXECUTE ON FUNCTION third FROM regress_ivm_owner;
GRANT EXECUTE ON FUNCTION third TO regress_ivm_group;
GRANT regress_ivm_group TO regress_ivm_owner;
INSERT INTO a VALUES (-9, 6, 4);
SELECT * FROM check_views();
SELECT viewname, status FROM ivm.views WHERE status <> 'ready';
REVOKE regress_ivm_group FROM regress_ivm_owner;
INSERT INTO a VALUES (-10, 6, 4);
SELECT viewname, status, reason FROM ivm.views WHERE status <> 'ready' ORDER BY 1;
SET client_min_messages = warning;
DROP SCHEMA privileges_function CASCADE;
DROP OWNED BY regress_ivm_owner, regress_ivm_group;
DROP ROLE regress_ivm_owner, regress_ivm_group;
