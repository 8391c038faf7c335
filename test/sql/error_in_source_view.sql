-- What a view reads through views is refused like what it reads itself, naming the view
-- at fault.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA error_in_source_view;
SET search_path = error_in_source_view, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
CREATE MATERIALIZED VIEW kept AS SELECT * FROM b;
CREATE TEMP TABLE tt (k int);
CREATE VIEW recursive AS WITH RECURSIVE r AS (SELECT id, k FROM a UNION SELECT a.id, a.k FROM a JOIN r ON a.k = r.id) SELECT * FROM r;
CREATE VIEW sampled AS SELECT * FROM a TABLESAMPLE SYSTEM (50);
CREATE VIEW volatile AS SELECT id, k, random() AS r FROM a;
CREATE VIEW timed AS SELECT id, k FROM a WHERE v < extract(epoch FROM now());
CREATE VIEW placed AS SELECT ctid AS place, k FROM a;
CREATE VIEW locked AS SELECT k FROM a FOR UPDATE;
CREATE VIEW of_kept AS SELECT * FROM kept;
CREATE VIEW of_catalog AS SELECT oid::int8::int AS k FROM pg_class;
CREATE VIEW nested AS SELECT b.id, v.r FROM b JOIN volatile v USING (k);
CREATE TEMP VIEW temporary AS SELECT k FROM a;
SELECT ivm.create_view('v', 'SELECT b.id FROM b JOIN recursive USING (k)');
SELECT ivm.create_view('v', 'SELECT id FROM sampled');
SELECT ivm.create_view('v', 'SELECT b.id, r FROM b JOIN volatile USING (k)');
SELECT ivm.create_view('v', 'SELECT id FROM b WHERE k IN (SELECT k FROM timed)');
SELECT ivm.create_view('v', 'SELECT b.id FROM b JOIN placed USING (k)');
SELECT ivm.create_view('v', 'SELECT b.id FROM b JOIN locked USING (k)');
SELECT ivm.create_view('v', 'SELECT id FROM of_kept');
SELECT ivm.create_view('v', 'SELECT id FROM a WHERE NOT EXISTS (SELECT 1 FROM of_catalog c WHERE c.k = a.k)');
SELECT ivm.create_view('v', 'SELECT id FROM nested');
SELECT ivm.create_view('v', 'SELECT k FROM temporary');
SELECT ivm.create_view('v', 'SELECT volatile FROM volatile');
SELECT count(*) FROM pg_trigger WHERE tgrelid IN ('a'::regclass, 'b'::regclass);
SELECT viewname FROM ivm.views WHERE schemaname = 'error_in_source_view';
DROP SCHEMA error_in_source_view CASCADE;
