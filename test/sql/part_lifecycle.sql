-- A view and the parts that it is made of are created, kept and dropped together.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA part_lifecycle;
SET search_path = part_lifecycle, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
CREATE TABLE u (id int PRIMARY KEY, y int);
INSERT INTO t SELECT i, i % 3, i FROM generate_series(1, 12) i;
INSERT INTO u VALUES (1, 10), (2, 20);
CREATE ROLE regress_ivm_part_owner;
CREATE ROLE regress_ivm_part_reader;
GRANT CREATE, USAGE ON SCHEMA part_lifecycle TO regress_ivm_part_owner;
GRANT USAGE ON SCHEMA part_lifecycle TO regress_ivm_part_reader;
CREATE FUNCTION members(text) RETURNS TABLE (kind "char", relation text, owner name) LANGUAGE sql AS $$
	WITH f AS (SELECT v.* FROM ivm.view v JOIN ivm.view w ON w.id IN (v.id, v.part_of) WHERE w.view = $1::regclass)
	SELECT c.relkind, regexp_replace(c.relname, '_\d+', '_N', 'g'), pg_get_userbyid(c.relowner)
	FROM f, LATERAL (VALUES (f.view), (f.definition), (f.state), (f.delta)) r(oid) JOIN pg_class c ON c.oid = r.oid
	ORDER BY regexp_replace(c.relname, '_\\d+', '_N', 'g') COLLATE "C" $$;

SELECT make_view('v', 'SELECT g, sum(x) AS s, sum(x) * 100 / (SELECT sum(y) FROM u) AS percent FROM t GROUP BY g HAVING count(*) >= (SELECT min(y) FROM u) - 9');
SELECT * FROM members('v');
SELECT view, base_tables, status FROM ivm.views WHERE schemaname = 'part_lifecycle';
SELECT part, construct, strategy, write_cost, read_cost FROM ivm.explain_query('SELECT g, sum(x) * 100 / (SELECT sum(y) FROM u) AS percent FROM t WHERE x < (SELECT avg(x) FROM t) GROUP BY g');
SELECT part, construct, strategy FROM ivm.explain_view('v') WHERE part LIKE 'part%';

-- who may read it reads its parts by it, not by themselves
GRANT SELECT ON v TO regress_ivm_part_reader;
SELECT view AS part FROM ivm.view WHERE part_of IS NOT NULL \gset
SET ROLE regress_ivm_part_reader;
SELECT * FROM v ORDER BY g;
SELECT has_table_privilege(:'part', 'SELECT');
RESET ROLE;
-- who creates it must be allowed to read what its parts read
GRANT SELECT, TRIGGER ON t TO regress_ivm_part_owner;
SET ROLE regress_ivm_part_owner;
SELECT ivm.create_view('mine', 'SELECT id, x - (SELECT max(y) FROM u) AS d FROM t');
RESET ROLE;
GRANT SELECT ON u TO regress_ivm_part_owner;
SET ROLE regress_ivm_part_owner;
SELECT ivm.create_view('mine', 'SELECT id, x - (SELECT max(y) FROM u) AS d FROM t');
RESET ROLE;
GRANT TRIGGER ON u TO regress_ivm_part_owner;
SET ROLE regress_ivm_part_owner;
SELECT ivm.create_view('mine', 'SELECT id, x - (SELECT max(y) FROM u) AS d FROM t');
RESET ROLE;
SELECT relation, owner FROM members('mine');
-- a new owner owns all of it
ALTER VIEW v OWNER TO regress_ivm_part_owner;
SELECT relation, owner FROM members('v') WHERE owner <> 'regress_ivm_part_owner';
INSERT INTO u VALUES (3, 15);
INSERT INTO t VALUES (13, 7, 100);
SELECT * FROM check_views();
REVOKE SELECT ON u FROM regress_ivm_part_owner;
SELECT * FROM v;
UPDATE u SET y = y + 1;
GRANT SELECT ON u TO regress_ivm_part_owner;
SELECT * FROM check_views();
ALTER VIEW v RENAME TO w;
ALTER VIEW w RENAME TO v;

-- paused, resumed, stale, refreshed, reconciled, folded as one
SELECT ivm.pause('v');
SELECT view, status FROM ivm.views WHERE view = 'v'::regclass;
SELECT count(*) FROM ivm.view WHERE status = 'paused';
UPDATE t SET x = x + 1;
UPDATE u SET y = y + 1;
SELECT * FROM check_views();
SELECT * FROM ivm.resume('v');
SELECT count(*) FROM ivm.view WHERE status = 'paused';
SELECT * FROM ivm.resume('v');
SELECT * FROM check_views();
\set VERBOSITY terse
ALTER TABLE u DISABLE TRIGGER ALL;
\set VERBOSITY default
SELECT view, status FROM ivm.views WHERE schemaname = 'part_lifecycle' ORDER BY view::text;
INSERT INTO u VALUES (4, 1000);
SELECT * FROM check_views();
ALTER TABLE u ENABLE TRIGGER ALL;
SELECT method, reason FROM ivm.refresh('v');
SELECT method, reason FROM ivm.refresh('v');
SELECT view, status, reason FROM ivm.views WHERE schemaname = 'part_lifecycle' ORDER BY view::text;
CALL ivm.refresh_all('part_lifecycle.%');
SELECT view, status FROM ivm.views WHERE schemaname = 'part_lifecycle' ORDER BY view::text;
SELECT * FROM ivm.reconcile('v');
SELECT ivm.fold('v') >= 0 AS folded;
SELECT * FROM ivm.verify_view('v');
SELECT ivm.alter_view('v', '{"fillfactor": 70}');
SELECT ivm.alter_view('v', '{"on_error": "break"}');
SELECT count(*) FROM ivm.view WHERE options @> '{"on_error": "break"}';
SELECT view, options FROM ivm.views WHERE view = 'v'::regclass;
SELECT * FROM check_views();
-- not in index expressions and filters
SELECT ivm.create_index('v', 'percent');
SELECT ivm.create_index('v', 's') IS NOT NULL AS created;
SELECT * FROM ivm.reconcile('v', 'percent > 3');
SELECT * FROM ivm.reconcile('v', 'g = 1');

-- unpopulated
SELECT ivm.create_view('later', 'SELECT (SELECT count(*) FROM t) AS n, (SELECT count(*) FROM u) AS m', with_data => false);
SELECT status FROM ivm.views WHERE view = 'later'::regclass;
SELECT * FROM later;
SELECT method, reason FROM ivm.refresh('later');
DELETE FROM u WHERE id = 4;
SELECT * FROM later;
SELECT * FROM ivm.verify_view('later');
TRUNCATE u;
SELECT * FROM later;

-- replaced, and dropped
SELECT ivm.create_view('later', 'SELECT x::bigint AS n, (SELECT count(x) FROM t) AS m FROM t WHERE g = 0', options => '{"replace": true}');
SELECT relation FROM members('later');
SELECT ivm.drop_view('later');
DO $$
DECLARE part regclass := (SELECT p.view FROM ivm.view p JOIN ivm.view v ON v.id = p.part_of WHERE v.view = 'v'::regclass);
BEGIN
	EXECUTE format('DROP VIEW %s', part);
EXCEPTION WHEN dependent_objects_still_exist THEN RAISE INFO '%', regexp_replace(SQLERRM, '_\d+', '_N', 'g');
END $$;
DO $$
DECLARE part regclass := (SELECT p.view FROM ivm.view p JOIN ivm.view v ON v.id = p.part_of WHERE v.view = 'v'::regclass LIMIT 1);
	command text;
BEGIN
	FOREACH command IN ARRAY '{RENAME TO x, RENAME COLUMN value TO x, SET SCHEMA part_lifecycle}'::text[] LOOP
		BEGIN
			EXECUTE format('ALTER VIEW %s %s', part, command);
		EXCEPTION WHEN object_not_in_prerequisite_state THEN RAISE INFO '%', regexp_replace(SQLERRM, '_\d+', '_N', 'g');
		END;
	END LOOP;
END $$;
DROP VIEW v;
CREATE VIEW above AS SELECT * FROM mine;
\set VERBOSITY terse
DROP TABLE u;
DROP TABLE u CASCADE;
\set VERBOSITY default
SELECT count(*) FROM ivm.view;
SELECT relname FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace;
SELECT tgname FROM pg_trigger WHERE tgrelid = 't'::regclass;
SET client_min_messages = warning;
DROP SCHEMA part_lifecycle CASCADE;
DROP ROLE regress_ivm_part_owner, regress_ivm_part_reader;
