-- Updates of columns that no view reads: the rows are not looked at, and count as captured when the
-- statement has ended.  definition_runs() tells whether a read of the view runs its
-- definition, as it does when the rows captured are not those that were written.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA direct_capture_idle;
SET search_path = direct_capture_idle, ivm_test, public;
CREATE TABLE t (junk int, id int PRIMARY KEY, g int, x int, note text, other text,
	size int GENERATED ALWAYS AS (length(note)) STORED);
ALTER TABLE t DROP COLUMN junk;
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, max(size) AS m FROM t GROUP BY g');
CREATE FUNCTION definition_runs() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line	text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM grouped' LOOP
		IF line LIKE '%Definition%' THEN
			RETURN trim(line);
		END IF;
	END LOOP;
	RETURN 'merged';
END $$;
INSERT INTO t SELECT i, i % 3, i, 'note ' || i FROM generate_series(1, 20) i;
UPDATE t SET x = x + 1;
BEGIN;
UPDATE t SET other = 'a';
SELECT definition_runs();
SELECT * FROM check_views();
UPDATE t SET other = 'b', x = x + 1 WHERE id < 5;
UPDATE t SET other = 'c' WHERE id = 100;
WITH u AS (UPDATE t SET other = 'd' WHERE id < 4 RETURNING id) SELECT count(*) FROM u;
UPDATE t SET other = 'e' WHERE id < 4 RETURNING id;
SELECT definition_runs();
SELECT * FROM check_views();
SAVEPOINT s;
UPDATE t SET other = 'f';
SELECT definition_runs();
ROLLBACK TO s;
SELECT definition_runs();
UPDATE t SET x = x + 1 WHERE id = 1;
SELECT definition_runs();
COMMIT;
SELECT * FROM check_views();
-- a generated column that the view reads
UPDATE t SET note = note || '!';
SELECT * FROM check_views();
-- a read in the middle of such an update
CREATE FUNCTION read_view() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN sum(s) FROM grouped; END $$;
BEGIN;
UPDATE t SET other = read_view();
SELECT count(DISTINCT other) FROM t;
SELECT * FROM check_views();
COMMIT;
-- triggers that change other columns, and triggers that want the rows
CREATE FUNCTION change_x() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.x := NEW.x + 1; RETURN NEW; END $$;
CREATE TRIGGER b BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION change_x();
UPDATE t SET other = 'g';
SELECT * FROM check_views();
DROP TRIGGER b ON t;
CREATE TABLE seen (id int);
CREATE FUNCTION note_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen VALUES (NEW.id); RETURN NULL; END $$;
CREATE TRIGGER z AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION note_row();
UPDATE t SET other = 'h';
SELECT count(*) FROM seen;
DROP TRIGGER z ON t;
CREATE FUNCTION note_rows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen SELECT id FROM new_rows; RETURN NULL; END $$;
CREATE TRIGGER z AFTER UPDATE ON t REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION note_rows();
BEGIN;
UPDATE t SET other = 'i';
SELECT count(*) FROM seen;
SELECT definition_runs();
COMMIT;
DROP TRIGGER z ON t;
-- foreign keys to the table, through a view, with a rule
CREATE TABLE child (t int REFERENCES t ON UPDATE CASCADE);
INSERT INTO child VALUES (1);
CREATE VIEW notes AS SELECT id, other FROM t;
CREATE TABLE log (n int);
CREATE TABLE ruled (id int);
INSERT INTO ruled VALUES (1);
CREATE RULE also AS ON UPDATE TO ruled DO ALSO UPDATE t SET other = 'j' WHERE id = OLD.id;
BEGIN;
UPDATE t SET other = 'k';
UPDATE notes SET other = 'l' WHERE id < 10;
UPDATE ruled SET id = id;
SELECT definition_runs();
SELECT * FROM check_views();
COMMIT;
-- a view that reads the column, created between two statements, and in a plan kept from before
PREPARE change AS UPDATE t SET other = 'm' WHERE id = $1;
EXECUTE change(1);
SELECT make_view('others', 'SELECT other, count(*) AS n FROM t GROUP BY other');
EXECUTE change(2);
SELECT * FROM check_views();
BEGIN;
EXECUTE change(3);
SELECT definition_runs();
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
SET client_min_messages = error;
DROP SCHEMA direct_capture_idle CASCADE;
