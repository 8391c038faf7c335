-- Messages name the view that users know, not the part that they are about.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA part_messages;
SET search_path = part_messages, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, x int);
CREATE TABLE u (id int PRIMARY KEY, y int);
INSERT INTO t VALUES (1, 10), (2, 20);
INSERT INTO u VALUES (1, 1), (2, 5);
CREATE VIEW uv AS SELECT id, y FROM u;
SELECT make_view('v', 'SELECT id, x - (SELECT sum(100 / y) FROM uv) AS d, (SELECT max(y) FROM uv WHERE id > 0) AS m FROM t');
CREATE OR REPLACE VIEW uv AS SELECT id, (y * random())::int AS y FROM u;
INSERT INTO u VALUES (3, 0);
-- both parts are stale, which is said once
ALTER TABLE u DISABLE TRIGGER ALL;
ALTER TABLE u ENABLE TRIGGER ALL;
SELECT method, reason FROM ivm.refresh('v');
SELECT ivm.drop_view('v');
SELECT make_view('v', 'SELECT id, x - (SELECT sum(100 / y) FROM u) AS d FROM t');
SELECT ivm.alter_view('v', '{"on_error": "break"}');
INSERT INTO u VALUES (3, 0);
SELECT view, status, reason FROM ivm.views WHERE schemaname = 'part_messages';
UPDATE u SET y = 2 WHERE id = 3;
SELECT * FROM ivm.reconcile('v');
SELECT * FROM check_views();
-- a part is not dropped or paused by itself
DO $$
DECLARE
	part	regclass := (SELECT p.view FROM ivm.view p JOIN ivm.view v ON v.id = p.part_of WHERE v.view = 'v'::regclass);
	name	text;
BEGIN
	FOREACH name IN ARRAY '{drop_view, pause, refresh, fold}'::text[] LOOP
		BEGIN
			EXECUTE format('SELECT ivm.%I(%L)', name, part);
		EXCEPTION WHEN wrong_object_type THEN RAISE INFO '%', regexp_replace(SQLERRM, '_\d+', '_N', 'g');
		END;
	END LOOP;
END $$;
DROP SCHEMA part_messages CASCADE;
