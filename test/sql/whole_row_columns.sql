-- Views that have rows of a table as a whole are stale when the table's columns change, and
-- are never wrong, whether or not anybody tells them: with event triggers and without.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA whole_row_columns;
SET search_path = whole_row_columns, ivm_test, public;
\set VERBOSITY terse
CREATE TABLE c (id int PRIMARY KEY, name text, n numeric, z int);
CREATE TABLE o (id int PRIMARY KEY, cust int, v int);
CREATE TABLE p (id int, k int) PARTITION BY LIST (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1, 2, 3);
INSERT INTO c VALUES (1, 'a', 1.0, NULL), (2, 'b', 1.00, NULL), (3, 'c', NULL, 5);
INSERT INTO o SELECT i, i % 5, i FROM generate_series(1, 12) i;
INSERT INTO p SELECT i, i FROM generate_series(1, 3) i;
CREATE VIEW named AS SELECT id, name FROM c;
CREATE FUNCTION label(c) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN to_jsonb($1)::text; END';
SELECT make_view('rows', 'SELECT c FROM c');
SELECT make_view('documents', 'SELECT to_jsonb(c) AS j FROM c');
SELECT make_view('hidden', 'SELECT label(c) AS l FROM c');
SELECT make_view('nulls', 'SELECT id, c IS NOT NULL AS nn FROM c');
SELECT make_view('keyed', 'SELECT c.id, c AS r, to_jsonb(c) AS j, count(*) FROM c JOIN o ON o.cust = c.id GROUP BY c.id');
SELECT make_view('outers', 'SELECT o.id, row_to_json(c)::text AS j, c FROM o LEFT JOIN c ON o.cust = c.id');
SELECT make_view('lists', 'SELECT jsonb_agg(c ORDER BY c.id) AS l FROM c');
SELECT make_view('part', 'SELECT o.id, (SELECT jsonb_agg(x ORDER BY x.id) FROM c x) AS l FROM o');
SELECT make_view('limited', 'SELECT to_jsonb(q.r) AS d FROM (SELECT c AS r FROM c ORDER BY id LIMIT 2) q');
SELECT make_view('through', 'SELECT to_jsonb(named) AS j FROM named');
SELECT make_view('leaf', 'SELECT to_jsonb(p1) AS j FROM p1');
SELECT make_view('plain', 'SELECT id, name FROM c');
CREATE FUNCTION statuses() RETURNS TABLE (view name, status text, reason text) LANGUAGE sql AS
	$$SELECT viewname, status, reason FROM ivm.views WHERE schemaname = 'whole_row_columns' AND status <> 'ready' ORDER BY 1$$;
CREATE FUNCTION mend() RETURNS bigint LANGUAGE sql AS
	$$SELECT count(*) FROM ivm.views, ivm.refresh(view) WHERE schemaname = 'whole_row_columns' AND status <> 'ready'$$;
CREATE FUNCTION wrong() RETURNS SETOF text LANGUAGE sql AS
	$$SELECT view || ' is ' || result FROM check_views() WHERE result NOT LIKE 'exact%'$$;

-- added: with a value for all rows at once
ALTER TABLE c ADD COLUMN added int DEFAULT 5;
SELECT * FROM statuses();
SELECT wrong();
INSERT INTO c VALUES (4, 'd', 1, 1, 1);
DELETE FROM c WHERE id = 1;
SELECT wrong();
SELECT mend();
SELECT * FROM statuses();
INSERT INTO c VALUES (1, 'a', 1, 1, 1);
UPDATE c SET name = 'x' WHERE id = 2;
VACUUM FULL c;
DELETE FROM c WHERE id = 3;
SELECT wrong();
-- added: with a value for each row
ALTER TABLE c ADD COLUMN s serial;
SELECT count(*) FROM statuses();
SELECT wrong();
SELECT mend();
-- dropped
ALTER TABLE c DROP COLUMN z;
SELECT view FROM statuses();
SELECT wrong();
SELECT mend();
DELETE FROM c WHERE id = 2;
INSERT INTO c VALUES (2, 'b', 2.0);
SELECT wrong();
-- renamed
ALTER TABLE c RENAME COLUMN added TO renamed;
SELECT view FROM statuses();
SELECT wrong();
SELECT mend();
UPDATE c SET name = name || '1';
SELECT wrong();
-- of another type
ALTER TABLE c ALTER COLUMN renamed TYPE text USING 'no ' || renamed;
SELECT view FROM statuses();
SELECT wrong();
SELECT mend();
UPDATE c SET name = name || '2';
SELECT wrong();
-- columns of a view
ALTER VIEW named RENAME COLUMN name TO called;
SELECT * FROM statuses();
SELECT mend();
UPDATE c SET name = name || '3';
CREATE OR REPLACE VIEW named AS SELECT id, name AS called, n FROM c;
SELECT * FROM statuses();
UPDATE c SET name = name || '4';
SELECT wrong();
-- columns of a parent
ALTER TABLE p ADD COLUMN b int DEFAULT 3;
SELECT * FROM statuses();
SELECT mend();
DELETE FROM p WHERE id = 1;
SELECT wrong();
-- what is none of that
ALTER TABLE c ALTER COLUMN renamed SET DEFAULT 'none', ALTER COLUMN name SET STATISTICS 5, ALTER COLUMN name SET NOT NULL;
ALTER TABLE c RENAME TO cc;
ALTER TABLE cc RENAME TO c;
CREATE INDEX ON c (n);
VACUUM FULL c;
SELECT * FROM statuses();
-- and rolled back
BEGIN;
ALTER TABLE c ADD COLUMN later int;
INSERT INTO c VALUES (100, 'l', 1);
SELECT wrong();
ROLLBACK;
SELECT * FROM statuses();
INSERT INTO c VALUES (101, 'm', 1);
SELECT wrong();

-- nobody tells
ALTER EVENT TRIGGER ivm_event_end DISABLE;
ALTER TABLE c RENAME COLUMN n TO m;
SELECT * FROM statuses();
SELECT wrong();
-- there and back with nothing written in between is no change
ALTER TABLE c RENAME COLUMN m TO n;
SELECT * FROM statuses();
SELECT wrong();
-- what writers in between add would be wrong
ALTER TABLE c RENAME COLUMN n TO m;
ALTER VIEW named RENAME COLUMN called TO name;
BEGIN;
SAVEPOINT s;
INSERT INTO c VALUES (78, 't', 1);
ROLLBACK TO s;
SELECT count(*) FROM ivm.view WHERE status = 'stale';
COMMIT;
INSERT INTO c VALUES (78, 't', 1);
SELECT count(*) FROM ivm.view WHERE status = 'stale';
UPDATE o SET v = v + 1;
ALTER TABLE c RENAME COLUMN m TO n;
ALTER VIEW named RENAME COLUMN name TO called;
SELECT view FROM statuses();
SELECT wrong();
SELECT mend();
SELECT * FROM statuses();
DELETE FROM c WHERE id = 78;
SELECT wrong();
-- a column in the place of another
ALTER TABLE c DROP COLUMN renamed;
ALTER TABLE c ADD COLUMN renamed text;
SELECT count(*) FROM statuses();
SELECT wrong();
ALTER TABLE p ADD COLUMN d int DEFAULT 3;
SELECT view FROM statuses() WHERE view = 'leaf';
SELECT mend();
ALTER EVENT TRIGGER ivm_event_end ENABLE ALWAYS;
UPDATE c SET name = name || '5';
DELETE FROM p WHERE id = 2;
SELECT wrong();
SELECT * FROM statuses();
-- rows that are groups are stored as they are, which ALTER TABLE does not get past
SELECT make_view('groups', 'SELECT c, count(*) FROM c GROUP BY c');
ALTER TABLE c ADD COLUMN plain int;
SELECT mend();
\set VERBOSITY default
ALTER TABLE c ADD COLUMN valued int DEFAULT 1;
ALTER TABLE c ALTER COLUMN plain TYPE bigint;
SELECT wrong();
SELECT ivm.create_index('rows', 'c');
SELECT ivm.verify_view('rows', 'c IS NULL');
DROP SCHEMA whole_row_columns CASCADE;
