-- Rows captured as they are written, and rows captured when their triggers fire: none is lost and
-- none is counted twice, whichever it is.  queued() runs a statement and tells how many
-- rows of it went through the queue of trigger events.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set queued :srcdir /sql/include/queued.sql
\i :oracle
CREATE SCHEMA direct_capture;
SET search_path = direct_capture, ivm_test, public;
\i :queued
CREATE TABLE t (junk int, id int PRIMARY KEY, g int, x int, note text,
	twice int GENERATED ALWAYS AS (x * 2) STORED);
ALTER TABLE t DROP COLUMN junk;
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, max(twice) AS m FROM t GROUP BY g');
SELECT make_view('bag', 'SELECT g, note FROM t WHERE x > 1');
SELECT make_view('pairs', 'SELECT a.g, count(*) AS n, sum(b.x) AS s FROM t a JOIN t b ON b.id = a.id + 1 GROUP BY a.g');
CREATE TABLE log_of_reads (n bigint, s bigint);
CREATE FUNCTION read_both() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	stored		bigint;
	computed	bigint;
BEGIN
	SELECT sum(s) INTO stored FROM grouped;
	SELECT sum(x) INTO computed FROM t;
	IF stored IS DISTINCT FROM computed THEN
		RAISE EXCEPTION 'the view gives %, the table %', stored, computed;
	END IF;
	SELECT sum(s) INTO stored FROM pairs;
	SELECT sum(b.x) INTO computed FROM t a JOIN t b ON b.id = a.id + 1;
	IF stored IS DISTINCT FROM computed THEN
		RAISE EXCEPTION 'the view of pairs gives %, the table %', stored, computed;
	END IF;
	RETURN 1;
END $$;

-- The first statement of a session has begun when the library is loaded, even if a function in
-- it does that
\c
SET search_path = direct_capture, ivm_test, public;
SELECT queued('INSERT INTO t SELECT i, i % 3, i * read_both(), ''first'' FROM generate_series(1, 5) i');
SELECT queued('INSERT INTO t SELECT i, i % 3, i, ''second'' FROM generate_series(6, 10) i');
SELECT * FROM check_views();
-- unless the library is loaded before
\c
LOAD 'ivm';
SET search_path = direct_capture, ivm_test, public;
SELECT queued('INSERT INTO t SELECT i, i % 3, i, ''loaded'' FROM generate_series(6001, 6005) i');
DELETE FROM t WHERE note = 'loaded';
SELECT * FROM check_views();
-- the same in the middle of a transaction
\c
SET search_path = direct_capture, ivm_test, public;
BEGIN;
INSERT INTO log_of_reads VALUES (1, 1);
SELECT queued('UPDATE t SET x = x + 1 WHERE id < 4');
SELECT queued('UPDATE t SET x = x + 1 WHERE id < 6');
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
-- switched off and on
SET ivm.direct_capture = off;
SELECT queued('UPDATE t SET x = x + 1, g = g + 1 WHERE id > 8');
RESET ivm.direct_capture;
SELECT queued('UPDATE t SET x = x + 1, g = g - 1 WHERE id > 8');
SELECT * FROM check_views();
-- switched off by a function of the statement that writes
SELECT queued('UPDATE t SET x = x + length(set_config(''ivm.direct_capture'', ''off'', true))');
SELECT * FROM check_views();
RESET ivm.direct_capture;

-- Triggers that change or drop rows
CREATE FUNCTION alter_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF OLD.id % 4 = 0 OR NEW.id % 4 = 0 THEN
		RETURN NULL;
	END IF;
	IF TG_OP = 'DELETE' THEN
		RETURN OLD;
	END IF;
	NEW.x := NEW.x + 100;
	NEW.g := 7;
	RETURN NEW;
END $$;
CREATE TRIGGER a BEFORE INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION alter_row();
SELECT queued('INSERT INTO t SELECT i, i % 3, i, ''changed'' FROM generate_series(11, 20) i');
SELECT queued('UPDATE t SET note = ''not x'' WHERE id > 10');
SELECT queued('DELETE FROM t WHERE id BETWEEN 14 AND 17');
SELECT * FROM check_views();
DROP TRIGGER a ON t;

-- ON CONFLICT, MERGE, writable CTE
SELECT queued('INSERT INTO t SELECT i, i % 3, i, ''conflict'' FROM generate_series(1, 30, 3) i
	ON CONFLICT (id) DO UPDATE SET x = t.x + EXCLUDED.x, note = EXCLUDED.note WHERE t.id <> 4');
SELECT queued('INSERT INTO t SELECT i, i % 3, i, ''nothing'' FROM generate_series(1, 30) i
	ON CONFLICT DO NOTHING');
SELECT queued('MERGE INTO t USING generate_series(1, 40, 4) i ON t.id = i
	WHEN MATCHED AND i < 10 THEN DELETE
	WHEN MATCHED THEN UPDATE SET g = g + 1
	WHEN NOT MATCHED THEN INSERT (id, g, x) VALUES (i, 9, i)');
SELECT queued('WITH a AS (DELETE FROM t WHERE id % 10 = 0 RETURNING *),
	b AS (UPDATE t SET x = 0 WHERE id % 10 = 1 RETURNING *)
	INSERT INTO t (id, g, x, note) SELECT id + 100, g, x, note FROM a UNION ALL SELECT id + 100, g, x, note FROM b');
SELECT * FROM check_views();

-- Reads in mid-statement: by a function, and by triggers of the user
SELECT queued('INSERT INTO t SELECT i, i % 3, i * read_both(), ''reads'' FROM generate_series(201, 205) i');
SELECT queued('UPDATE t SET x = x + read_both() WHERE id > 200');
CREATE FUNCTION read_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM read_both();
	RETURN NULL;
END $$;
CREATE TRIGGER z AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION read_row();
CREATE TRIGGER a AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION read_row();
SELECT queued('UPDATE t SET x = x + 1 WHERE id > 200');
SELECT queued('DELETE FROM t WHERE id > 203');
SELECT * FROM check_views();
DROP TRIGGER a ON t;
DROP TRIGGER z ON t;
-- what is read is the view as it is before the statement that writes
CREATE TABLE same (id int, g int, x int);
INSERT INTO same SELECT id, g, x FROM t;
INSERT INTO same SELECT 300 + i, g, n FROM (SELECT g, count(*) AS n FROM same GROUP BY g) v, generate_series(1, 2) i WHERE g = 1;
INSERT INTO t SELECT 300 + i, g, n, 'from the view' FROM grouped, generate_series(1, 2) i WHERE g = 1;
BEGIN;
UPDATE t SET g = g + 1 WHERE id < 7;
UPDATE same SET g = g + 1 WHERE id < 7;
UPDATE t SET g = g + 1, x = (SELECT n + s FROM grouped v WHERE v.g = t.g);
UPDATE same t SET g = g + 1, x = (SELECT count(*) + sum(x) FROM same v WHERE v.g = t.g);
UPDATE t SET g = 0 FROM grouped v WHERE v.g = t.g AND v.n < 5;
UPDATE same t SET g = 0 FROM (SELECT g, count(*) AS n FROM same GROUP BY g) v WHERE v.g = t.g AND v.n < 5;
COMMIT;
SELECT id, g, x FROM t EXCEPT ALL SELECT * FROM same;
SELECT * FROM check_views();

-- A statement that fails half through, and one that goes on after that
DO $$
BEGIN
	FOR i IN 1 .. 3 LOOP
		BEGIN
			UPDATE t SET x = x + 1, g = 10 / (12 - id) WHERE id < 20;
		EXCEPTION WHEN division_by_zero THEN
			UPDATE t SET x = x + 10 WHERE id = 3;
		END;
	END LOOP;
END $$;
SELECT * FROM check_views();
BEGIN;
SAVEPOINT s;
UPDATE t SET x = x / (id - 12);
ROLLBACK TO s;
SELECT * FROM check_views();
UPDATE t SET x = x + 1;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();

-- Long values, which are stored out of line
UPDATE t SET note = (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 300) i) WHERE id < 10;
UPDATE t SET x = x + 1 WHERE id < 10;
DELETE FROM t WHERE id < 5;
SELECT * FROM check_views();

-- Other triggers of the same function, and a trigger that is not as it was made
CREATE TRIGGER ivm_capture2 AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION ivm._capture();
SELECT queued('UPDATE t SET x = x + 1 WHERE id < 20');
SELECT * FROM check_views();
DROP TRIGGER ivm_capture2 ON t;
SET session_replication_role = replica;
SELECT queued('UPDATE t SET x = x + 1 WHERE id < 20');
RESET session_replication_role;
SELECT * FROM check_views();
-- a trigger that was dropped and made anew, with a condition
CREATE TABLE u (id int, x int);
SELECT make_view('of_u', 'SELECT count(*) AS n, sum(x) AS s FROM u');
SELECT queued('INSERT INTO u VALUES (1, 1), (2, 2)');
SET client_min_messages = error;
DROP TRIGGER ivm_capture ON u;
CREATE TRIGGER ivm_capture AFTER INSERT OR UPDATE OR DELETE ON u FOR EACH ROW WHEN (pg_trigger_depth() >= 0)
	EXECUTE FUNCTION ivm._capture();
RESET client_min_messages;
SELECT queued('INSERT INTO u VALUES (3, 3)');
SELECT * FROM check_views();

-- A trigger that is switched off in the transaction that writes
BEGIN;
UPDATE t SET x = x + 1;
SET client_min_messages = error;
ALTER TABLE t DISABLE TRIGGER ivm_capture;
UPDATE t SET x = x + 1;
SELECT * FROM check_views();
ROLLBACK;
UPDATE t SET x = x + 1;
SELECT * FROM check_views();
SET client_min_messages = error;
DROP SCHEMA direct_capture CASCADE;
