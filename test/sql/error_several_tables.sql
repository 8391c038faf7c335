-- One of several tables is refused, or not the user's to read, or under row security: so
-- is the query, wherever it reads that table; nothing is left behind.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA error_several_tables;
SET search_path = error_several_tables, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int);
CREATE TABLE b (id int PRIMARY KEY, k int, secret int);
CREATE TEMP TABLE tt (id int, k int);
CREATE UNLOGGED TABLE ul (id int, k int);
CREATE TABLE parent (id int, k int);
CREATE TABLE child () INHERITS (parent);
CREATE MATERIALIZED VIEW kept AS SELECT * FROM b;
SELECT ivm.create_view('v', 'SELECT a.id FROM a JOIN tt ON a.k = tt.k');
SELECT ivm.create_view('v', 'SELECT id FROM a WHERE EXISTS (SELECT 1 FROM tt WHERE tt.k = a.k)');
SELECT ivm.create_view('v', 'SELECT a.id FROM a LEFT JOIN parent p ON a.k = p.k');
SELECT ivm.create_view('v', 'SELECT k FROM a UNION SELECT k FROM kept');
SELECT ivm.create_view('v', 'SELECT a.id, relname FROM a JOIN pg_class ON relnatts = a.k');
SELECT ivm.create_view('v', 'SELECT a.id FROM a JOIN ul ON a.k = ul.k');
SELECT ivm.create_view('v', 'SELECT id, (SELECT max(id) FROM ul WHERE ul.k = a.k) AS m FROM a');
SELECT ivm.create_view('on_unlogged', 'SELECT x.id FROM ul x JOIN ul y ON x.k = y.k');
SELECT ivm.create_view('v', 'SELECT a.id FROM a JOIN on_unlogged u ON u.id = a.id');
SELECT ivm.drop_view('on_unlogged');
-- rights
CREATE ROLE regress_ivm_join_a;
CREATE ROLE regress_ivm_join_b;
GRANT USAGE, CREATE ON SCHEMA error_several_tables TO regress_ivm_join_a;
GRANT USAGE ON SCHEMA error_several_tables TO regress_ivm_join_b;
GRANT SELECT, TRIGGER ON a TO regress_ivm_join_a;
GRANT SELECT (id, k) ON b TO regress_ivm_join_a;
SET ROLE regress_ivm_join_a;
SELECT ivm.create_view('v', 'SELECT a.id, secret FROM a JOIN b ON a.k = b.k');
SELECT ivm.create_view('v', 'SELECT id FROM a WHERE k IN (SELECT secret FROM b)');
-- not without TRIGGER
SELECT ivm.create_view('v', 'SELECT a.id, b.id AS b FROM a JOIN b ON a.k = b.k');
SELECT ivm.create_view('v', 'WITH q AS (SELECT k FROM b) SELECT id FROM a WHERE k NOT IN (TABLE q)');
RESET ROLE;
GRANT TRIGGER ON b TO regress_ivm_join_a;
SET ROLE regress_ivm_join_a;
SELECT ivm.create_view('v', 'SELECT a.id, b.id AS b FROM a JOIN b ON a.k = b.k');
SELECT ivm.create_view('w', 'SELECT id FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.k)');
RESET ROLE;
INSERT INTO a VALUES (1, 1), (2, 2);
INSERT INTO b VALUES (1, 1, 100);
SET ROLE regress_ivm_join_b;
SELECT * FROM v;
RESET ROLE;
GRANT SELECT ON v, w TO regress_ivm_join_b;
GRANT INSERT, UPDATE, DELETE ON b TO regress_ivm_join_b;
-- a writer of one side needs no right on the other, and a reader none on the tables
SET ROLE regress_ivm_join_b;
INSERT INTO b VALUES (2, 2, 200);
SELECT * FROM v ORDER BY id;
SELECT * FROM w;
BEGIN;
INSERT INTO b VALUES (3, 2, 200);
SELECT * FROM v ORDER BY id, b;
ROLLBACK;
SELECT * FROM a;
RESET ROLE;
-- taken back, for one of the tables
REVOKE SELECT (id, k) ON b FROM regress_ivm_join_a;
SET ROLE regress_ivm_join_b;
SELECT * FROM v;
SELECT * FROM w;
INSERT INTO b VALUES (4, 1, 400);
RESET ROLE;
GRANT SELECT (id, k) ON b TO regress_ivm_join_a;
SELECT oracle('v', 'SELECT a.id, b.id AS b FROM a JOIN b ON a.k = b.k');
SELECT oracle('w', 'SELECT id FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.k)');
-- row security
ALTER TABLE b ENABLE ROW LEVEL SECURITY;
SET ROLE regress_ivm_join_a;
SELECT ivm.create_view('x', 'SELECT a.id, b.id AS b FROM a JOIN b ON a.k = b.k');
SELECT ivm.create_view('x', 'SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k)');
RESET ROLE;
SELECT ivm.create_view('by_exempt', 'SELECT a.id, b.id AS b FROM a JOIN b ON a.k = b.k');
SELECT ivm.drop_view('by_exempt');
DROP OWNED BY regress_ivm_join_a, regress_ivm_join_b;
SELECT count(*) FROM pg_trigger WHERE tgrelid IN ('a'::regclass, 'b'::regclass, 'ul'::regclass, 'parent'::regclass, 'tt'::regclass);
DROP ROLE regress_ivm_join_a, regress_ivm_join_b;
DROP SCHEMA error_several_tables CASCADE;
