-- Changes made through an updatable view with CHECK OPTION, a rule, and an INSTEAD OF
-- trigger.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA change_through_view;
SET search_path = change_through_view, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s FROM t GROUP BY g');
CREATE VIEW ones AS SELECT id, g, x FROM t WHERE g = 1 WITH CHECK OPTION;
INSERT INTO ones VALUES (1, 1, 10), (2, 1, 20);
INSERT INTO ones VALUES (3, 2, 10);
UPDATE ones SET x = x + 1 WHERE id = 1;
SELECT * FROM grouped;
SELECT * FROM check_views();
CREATE TABLE front (id int, g int, x int);
CREATE RULE redirect AS ON INSERT TO front DO ALSO INSERT INTO t VALUES (NEW.id, NEW.g, NEW.x);
INSERT INTO front SELECT i, i % 2, i FROM generate_series(10, 13) i;
SELECT * FROM check_views();
CREATE VIEW summary AS SELECT * FROM grouped;
CREATE FUNCTION spread() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE t SET x = NEW.s / OLD.n WHERE g = OLD.g;
	RETURN NEW;
END $$;
CREATE TRIGGER spread INSTEAD OF UPDATE ON summary FOR EACH ROW EXECUTE FUNCTION spread();
UPDATE summary SET s = n * 100;
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
DROP SCHEMA change_through_view CASCADE;
