-- Rows of a plain view as a whole, where the type of a column could get other attributes while rows are stored: refused.
-- Of a table they are stored, since core keeps the type as it is.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA whole_row_lasting;
SET search_path = whole_row_lasting, ivm_test, public;
CREATE TYPE place AS (x int, y text);
CREATE TABLE t (id int PRIMARY KEY, home place);
INSERT INTO t VALUES (1, '(1,a)'), (2, '(2,b)'), (3, NULL);
CREATE VIEW homes AS SELECT id, ROW(id, 'made')::place AS made, home FROM t;
\set VERBOSITY default
SELECT ivm.create_view('rows', 'SELECT h FROM homes h');
\set VERBOSITY terse
-- a document, and the columns that are needed
SELECT ivm.create_view('documents', 'SELECT to_jsonb(h) AS h FROM homes h');
SELECT ivm.create_view('columns', 'SELECT id, made, home FROM homes');
-- rows of the table
SELECT ivm.create_view('rows', 'SELECT t FROM t');
INSERT INTO t VALUES (4, '(4,d)');
UPDATE t SET home.x = 7 WHERE id = 2;
DELETE FROM t WHERE id = 1;
SELECT (t).id, (t).home, ((t).home).x FROM rows ORDER BY 1;
ALTER TYPE place ALTER ATTRIBUTE x TYPE text;
ALTER TYPE place ADD ATTRIBUTE z int;
SELECT status, reason FROM ivm.views WHERE viewname = 'rows';
INSERT INTO t VALUES (5, '(5,e,5)');
SELECT (t).id, (t).home, ((t).home).z FROM rows ORDER BY 1;
SELECT count(*) FROM ivm.verify_view('rows');
SELECT * FROM ivm.reconcile('rows');
UPDATE t SET home.z = 6 WHERE id > 3;
SELECT t FROM rows ORDER BY (t).id;
SELECT count(*) FROM ivm.verify_view('rows');
-- and another table whose rows are columns
CREATE TABLE u (id int PRIMARY KEY, ts t[]);
INSERT INTO u SELECT 1, array_agg(t) FROM t;
SELECT ivm.create_view('of_u', 'SELECT u FROM u');
ALTER TABLE t ADD COLUMN more int;
SELECT viewname, status FROM ivm.views WHERE viewname = 'of_u';
SELECT (u).ts[1] FROM of_u;
-- where no event trigger has noticed, a new session does
SELECT FROM ivm.reconcile('rows');
ALTER EVENT TRIGGER ivm_event_end DISABLE;
ALTER EVENT TRIGGER ivm_event_start DISABLE;
ALTER TYPE place ADD ATTRIBUTE later int;
ALTER EVENT TRIGGER ivm_event_start ENABLE ALWAYS;
ALTER EVENT TRIGGER ivm_event_end ENABLE ALWAYS;
\c
SET search_path = whole_row_lasting, ivm_test, public;
SELECT * FROM rows ORDER BY 1;
SELECT status, reason FROM ivm.views WHERE viewname = 'rows';
SELECT FROM ivm.reconcile('rows');
SELECT status FROM ivm.views WHERE viewname = 'rows';
SELECT count(*) FROM ivm.verify_view('rows');
SET client_min_messages = warning;
DROP SCHEMA whole_row_lasting CASCADE;
