-- Changes that other triggers make: BEFORE triggers that alter or drop rows, AFTER
-- triggers that change the same rows again or other tables, named to fire before
-- and after the capture.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA change_by_triggers;
SET search_path = change_by_triggers, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, min(x) AS lo, max(x) AS hi FROM t GROUP BY g');
SELECT make_view('listed', $$SELECT g, string_agg(x::text, ',' ORDER BY x, id) AS l FROM t WHERE x > 1 GROUP BY g$$);
SELECT make_view('bag', 'SELECT g, x % 3 AS r FROM t');
CREATE TABLE log (what text, x int);
SELECT make_view('logged', 'SELECT what, count(*), sum(x) FROM log GROUP BY what');
CREATE FUNCTION alter_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		RETURN CASE WHEN OLD.x = 13 THEN NULL ELSE OLD END;
	END IF;
	IF NEW.x < 0 THEN
		RETURN NULL;
	END IF;
	NEW.g := coalesce(NEW.g, 99);
	NEW.x := NEW.x * 10;
	RETURN NEW;
END $$;
CREATE TRIGGER alter_row BEFORE INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION alter_row();
INSERT INTO t VALUES (1, 1, 1), (2, NULL, 2), (3, 1, -3), (4, 2, 4);
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
UPDATE t SET x = x - 39 WHERE id IN (1, 4);
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
DROP TRIGGER alter_row ON t;
UPDATE t SET x = 13 WHERE id = 1;
CREATE TRIGGER alter_row BEFORE DELETE ON t FOR EACH ROW EXECUTE FUNCTION alter_row();
DELETE FROM t;
SELECT * FROM check_views();
DROP TRIGGER alter_row ON t;
-- rows modified twice by one statement
CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF pg_trigger_depth() < 4 THEN
		UPDATE t SET x = x + 1 WHERE id = NEW.id;
		UPDATE t SET g = g + 1 WHERE id = NEW.id + 1;
	END IF;
	INSERT INTO log VALUES (TG_NAME, NEW.x);
	RETURN NULL;
END $$;
CREATE TRIGGER a_before_capture AFTER INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION again();
INSERT INTO t SELECT i, i % 2, i FROM generate_series(11, 14) i;
SELECT * FROM check_views();
UPDATE t SET x = x - 1;
SELECT * FROM check_views();
CREATE TRIGGER z_after_capture AFTER INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION again();
UPDATE t SET x = x - 1;
INSERT INTO t SELECT i, i % 2, i FROM generate_series(21, 24) i;
SELECT * FROM check_views();
-- statement triggers, with transition tables
CREATE FUNCTION copy_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO log SELECT 'copied', x FROM fresh;
	DELETE FROM log WHERE what = 'a_before_capture' AND x % 2 = 0;
	RETURN NULL;
END $$;
CREATE TRIGGER copies AFTER UPDATE ON t REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION copy_over();
UPDATE t SET x = x + 1 WHERE g = 1;
SELECT * FROM check_views();
-- a trigger that fails the statement
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
CREATE TRIGGER zz_fails AFTER DELETE ON t FOR EACH STATEMENT EXECUTE FUNCTION fail();
\set VERBOSITY terse
DELETE FROM t;
SELECT * FROM check_views();
DROP SCHEMA change_by_triggers CASCADE;
