-- Definitions over other users' tables and views: whose rights count, what they
-- need, and what happens when they are taken away.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA privileges_join;
SET search_path = privileges_join, ivm_test, public;
CREATE ROLE regress_ivm_tables;
CREATE ROLE regress_ivm_views;
CREATE ROLE regress_ivm_owner;
CREATE ROLE regress_ivm_reader;
GRANT ALL ON SCHEMA privileges_join TO PUBLIC;
GRANT USAGE ON SCHEMA ivm_test TO PUBLIC;
SET ROLE regress_ivm_tables;
CREATE TABLE a (id int PRIMARY KEY, k int, x int, secret int);
CREATE TABLE b (id int PRIMARY KEY, k int, y int);
INSERT INTO a SELECT i, i % 4, i, -i FROM generate_series(1, 20) i;
INSERT INTO b SELECT i, i % 4, i FROM generate_series(1, 20) i;
GRANT SELECT (id, k, x) ON a TO regress_ivm_views;
GRANT SELECT ON b TO regress_ivm_owner;
SET ROLE regress_ivm_views;
CREATE VIEW av AS SELECT id, k, x FROM a WHERE x > 2;
CREATE VIEW avv AS SELECT * FROM av;
CREATE VIEW invoker WITH (security_invoker = true) AS SELECT id, k, x FROM a WHERE x > 2;
CREATE FUNCTION change() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = privileges_join AS $$ $$;
RESET ROLE;
CREATE OR REPLACE FUNCTION change() RETURNS void LANGUAGE sql AS $$
	INSERT INTO privileges_join.a SELECT max(id) + 1, max(id) % 5, max(id) FROM privileges_join.a;
	INSERT INTO privileges_join.b SELECT max(id) + n, max(id) % 5, n FROM privileges_join.b, generate_series(1, 2) n GROUP BY n;
	UPDATE privileges_join.b SET y = y + 1 WHERE id % 6 = 0;
	DELETE FROM privileges_join.b WHERE id = (SELECT min(id) FROM privileges_join.b) $$;
\set join 'SELECT s.k, sum(y) AS s, count(*) AS n FROM avv s JOIN b USING (k) GROUP BY s.k'
\set sub 'SELECT k, max(x) AS hi, (SELECT count(*) FROM b WHERE b.k = i.k) AS n FROM invoker i GROUP BY k'
-- what is missing, one after the other
SET ROLE regress_ivm_owner;
SELECT ivm.create_view('j', :'join');
SELECT count(*) > 0 FROM ivm.explain_query(:'join');
RESET ROLE;
SET ROLE regress_ivm_views;
GRANT SELECT ON avv, invoker TO regress_ivm_owner;
SET ROLE regress_ivm_owner;
SELECT ivm.create_view('j', :'join');
SET ROLE regress_ivm_tables;
GRANT TRIGGER ON b TO regress_ivm_owner;
SET ROLE regress_ivm_owner;
SELECT ivm.create_view('j', :'join');
SET ROLE regress_ivm_tables;
GRANT TRIGGER ON a TO regress_ivm_owner;
SET ROLE regress_ivm_owner;
SELECT ivm.create_view('j', :'join');
-- below a view with security_invoker, the owner reads himself
SELECT ivm.create_view('i', :'sub');
SET ROLE regress_ivm_tables;
GRANT SELECT (id, k, x) ON a TO regress_ivm_owner;
SET ROLE regress_ivm_owner;
SELECT ivm.create_view('i', :'sub');
SELECT ivm.create_view('i_secret', 'SELECT count(secret) FROM a JOIN avv USING (id)');
SELECT * FROM a;
RESET ROLE;
INSERT INTO ivm_test.definition VALUES ('j', :'join', 'both'), ('i', :'sub', 'both');
SELECT viewname, viewowner, status, base_tables FROM ivm.views ORDER BY 1;
SELECT change();
SELECT * FROM check_views();
-- a reader needs nothing but the view
SET ROLE regress_ivm_reader;
SELECT * FROM j;
SET ROLE regress_ivm_owner;
GRANT SELECT ON i, j TO regress_ivm_reader;
SET ROLE regress_ivm_reader;
SELECT count(*), sum(n) FROM j;
SELECT count(*), sum(n) FROM i;
SELECT * FROM ivm.verify_view('j');
SELECT * FROM ivm.verify_view('i');
SELECT count(*) > 0 FROM ivm.explain_view('j');
SELECT ivm.data_as_of('i') IS NOT NULL;
SELECT ivm.reconcile('j');
SELECT ivm.pause('j');
SELECT * FROM avv;
-- a writer needs nothing of it either, and his own changes show
SET ROLE regress_ivm_tables;
BEGIN;
UPDATE a SET k = k + 1 WHERE id < 9;
DELETE FROM b WHERE id % 5 = 0;
COMMIT;
SELECT * FROM j;
RESET ROLE;
SELECT * FROM check_views();
-- taken from the owner of the view: he and his readers see nothing, the
-- writers go on, and the view is not maintained until it is refreshed
REVOKE SELECT ON b FROM regress_ivm_owner;
SELECT change();
SET ROLE regress_ivm_owner;
SELECT * FROM j;
SELECT * FROM i;
SET ROLE regress_ivm_reader;
SELECT * FROM j;
RESET ROLE;
SELECT * FROM j;
SET ROLE regress_ivm_tables;
SELECT count(*) FROM change();
SET ROLE regress_ivm_owner;
SELECT method, reason FROM ivm.refresh('j');
RESET ROLE;
GRANT SELECT ON b TO regress_ivm_owner;
SELECT * FROM check_views();
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
CALL ivm.refresh_all();
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
SELECT change();
SELECT * FROM check_views();
-- from the owner of a view below
REVOKE SELECT (x) ON a FROM regress_ivm_views;
SELECT change();
SET ROLE regress_ivm_owner;
SELECT * FROM j;
SELECT count(*) FROM i;
RESET ROLE;
GRANT SELECT (x) ON a TO regress_ivm_views;
SELECT * FROM check_views();
-- from the owner, below a view with security_invoker
REVOKE SELECT (k) ON a FROM regress_ivm_owner;
SELECT change();
SET ROLE regress_ivm_reader;
SELECT count(*) FROM i;
SELECT count(*) FROM j;
RESET ROLE;
GRANT SELECT (k) ON a TO regress_ivm_owner;
SELECT * FROM check_views();
-- a view below that is not his any more
REVOKE SELECT ON avv FROM regress_ivm_owner;
SELECT change();
SET ROLE regress_ivm_reader;
SELECT count(*) FROM j;
RESET ROLE;
GRANT SELECT ON avv TO regress_ivm_owner;
ALTER VIEW av OWNER TO regress_ivm_reader;
SELECT change();
SET ROLE regress_ivm_reader;
SELECT count(*) FROM j;
RESET ROLE;
ALTER VIEW av OWNER TO regress_ivm_views;
ALTER VIEW av SET (security_invoker = true);
SELECT change();
SELECT * FROM check_views();
ALTER VIEW av RESET (security_invoker);
SELECT * FROM check_views();
CALL ivm.refresh_all();
SELECT change();
SELECT * FROM check_views();
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
-- the view is given away, to one who may not read it all
GRANT regress_ivm_reader TO regress_ivm_owner;
ALTER VIEW j OWNER TO regress_ivm_reader;
-- so many rows that the planner is asked for the cost of following them
INSERT INTO b SELECT 1000 + n, n % 5, n FROM generate_series(1, 150) n;
DELETE FROM b WHERE id > 1000;
SELECT change();
SET ROLE regress_ivm_reader;
\set VERBOSITY sqlstate
SELECT count(*) FROM j;
\set VERBOSITY default
RESET ROLE;
ALTER VIEW j OWNER TO regress_ivm_owner;
GRANT SELECT ON j TO regress_ivm_reader;
REVOKE regress_ivm_reader FROM regress_ivm_owner;
SELECT * FROM check_views();
CALL ivm.refresh_all();
SELECT change();
SELECT * FROM check_views();
-- a view below is replaced by its owner: other tables need TRIGGER for the
-- owner of the view above
SET ROLE regress_ivm_views;
CREATE TABLE c (id int, k int, x int);
INSERT INTO c SELECT i, i % 3, i FROM generate_series(1, 10) i;
CREATE OR REPLACE VIEW av AS SELECT id, k, x FROM c;
RESET ROLE;
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
SELECT change();
DELETE FROM c WHERE id = 1;
SELECT * FROM check_views();
SET ROLE regress_ivm_owner;
SELECT method, reason FROM ivm.refresh('j');
SET ROLE regress_ivm_views;
GRANT TRIGGER ON c TO regress_ivm_owner;
SET ROLE regress_ivm_owner;
SELECT method, reason FROM ivm.refresh('j');
RESET ROLE;
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
DELETE FROM c WHERE id = 2;
SELECT change();
SELECT * FROM check_views();
-- he who must not replace a view changes nothing
SET ROLE regress_ivm_reader;
CREATE OR REPLACE VIEW av AS SELECT id, k, x FROM a;
DROP VIEW av;
DROP VIEW av CASCADE;
SET ROLE regress_ivm_views;
CREATE OR REPLACE VIEW av AS SELECT id, k, x FROM a WHERE x > 5;
RESET ROLE;
SELECT viewname, status, reason, base_tables FROM ivm.views ORDER BY 1;
SELECT * FROM check_views();
-- row security, at any depth: who reads must be exempt
CREATE POLICY p ON a USING (x % 2 = 0);
ALTER TABLE a ENABLE ROW LEVEL SECURITY;
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
SELECT change();
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
SET ROLE regress_ivm_reader;
SELECT count(*), sum(n) FROM j;
SET ROLE regress_ivm_owner;
SELECT method, reason FROM ivm.refresh('j');
SELECT ivm.create_view('j2', :'join');
SELECT ivm.create_view('i2', :'sub');
SELECT ivm.create_view('a2', 'SELECT k, count(*) FROM a JOIN b USING (k) GROUP BY k');
SET ROLE regress_ivm_tables;
SELECT ivm.create_view('a2', 'SELECT k, count(*) AS n FROM a JOIN b USING (k) GROUP BY k');
ALTER TABLE a FORCE ROW LEVEL SECURITY;
SELECT count(*) FROM a2;
ALTER TABLE a NO FORCE ROW LEVEL SECURITY;
SELECT method, reason FROM ivm.refresh('a2');
RESET ROLE;
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
ALTER TABLE a DISABLE ROW LEVEL SECURITY;
SELECT * FROM check_views();
CALL ivm.refresh_all();
INSERT INTO ivm_test.definition VALUES ('a2', 'SELECT k, count(*) AS n FROM a JOIN b USING (k) GROUP BY k', 'both');
SELECT change();
SELECT * FROM check_views();
-- without event triggers, and off again
ALTER EVENT TRIGGER ivm_event_end DISABLE;
ALTER TABLE a ENABLE ROW LEVEL SECURITY;
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
SELECT change();
ALTER TABLE a DISABLE ROW LEVEL SECURITY;
ALTER EVENT TRIGGER ivm_event_end ENABLE ALWAYS;
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
SELECT * FROM check_views();
-- the right to pass it by comes and goes
CALL ivm.refresh_all();
ALTER ROLE regress_ivm_views BYPASSRLS;
ALTER ROLE regress_ivm_owner BYPASSRLS;
ALTER TABLE a ENABLE ROW LEVEL SECURITY;
SELECT change();
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
SELECT * FROM check_views();
ALTER ROLE regress_ivm_views NOBYPASSRLS;
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
SET ROLE regress_ivm_reader;
SELECT count(*), sum(n) FROM j;
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA privileges_join CASCADE;
DROP OWNED BY regress_ivm_tables, regress_ivm_views, regress_ivm_owner, regress_ivm_reader;
DROP ROLE regress_ivm_tables, regress_ivm_views, regress_ivm_owner, regress_ivm_reader;
SELECT count(*) FROM ivm.view;
