-- Deferred constraint triggers change the table and read the view at the end of the
-- transaction.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA xact_deferred_triggers;
SET search_path = xact_deferred_triggers, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, g int, x int);
CREATE TABLE seen (id int, n bigint, result text);
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s FROM t GROUP BY g');
CREATE FUNCTION at_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.x < 100 THEN
		UPDATE t SET x = x + 100 WHERE id = NEW.id;
	END IF;
	INSERT INTO seen VALUES (NEW.id, (SELECT n FROM grouped WHERE g = NEW.g), oracle('grouped', 'SELECT g, count(*) AS n, sum(x) AS s FROM t GROUP BY g'));
	RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER at_end AFTER INSERT OR UPDATE ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION at_end();
BEGIN;
INSERT INTO t SELECT i, i % 2, i FROM generate_series(1, 4) i;
UPDATE t SET id = 5 - id;
SELECT * FROM grouped ORDER BY g;
COMMIT;
SELECT * FROM grouped ORDER BY g;
SELECT * FROM seen ORDER BY id, n;
SELECT * FROM check_views();
TRUNCATE seen;
BEGIN;
INSERT INTO t VALUES (10, 0, 10);
SET CONSTRAINTS at_end IMMEDIATE;
SELECT * FROM grouped ORDER BY g;
INSERT INTO t VALUES (11, 0, 500);
COMMIT;
SELECT * FROM seen ORDER BY id, n;
SELECT * FROM check_views();
BEGIN;
INSERT INTO t VALUES (12, 0, 12), (12, 1, 12);
SELECT * FROM grouped ORDER BY g;
COMMIT;
SELECT * FROM check_views();
DROP SCHEMA xact_deferred_triggers CASCADE;
