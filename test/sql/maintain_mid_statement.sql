-- Functions that write the state of a view, called in the middle of a statement that changes
-- a table of it: by a function in the statement, by a trigger that fires before the change is
-- captured, and by a trigger between the rows that a foreign key has removed and their
-- capture.  They are refused, since these rows would be counted twice.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA maintain_mid_statement;
SET search_path = maintain_mid_statement, ivm_test, public;
SET ivm.fold_batch = 0;
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE, x int);
CREATE INDEX ON t (p);
INSERT INTO p SELECT generate_series(1, 5);
INSERT INTO t SELECT i, 1 + i % 5, i FROM generate_series(1, 20) i;
SELECT make_view('v', 'SELECT p, count(*) AS n, max(x) AS m FROM t GROUP BY p');
SELECT make_view('j', 'SELECT p.id, count(*) AS n, sum(x) AS s FROM p JOIN t ON t.p = p.id GROUP BY p.id');
CREATE TABLE calls (call text, result text);
CREATE FUNCTION try(call text) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE call;
	INSERT INTO calls VALUES (call, 'done');
	RETURN 0;
EXCEPTION WHEN OTHERS THEN
	INSERT INTO calls VALUES (call, SQLERRM);
	RETURN 0;
END $$;
CREATE FUNCTION try_all() RETURNS int LANGUAGE sql AS $$
	SELECT try('SELECT ivm.fold(''v'')') + try('SELECT ivm.fold(''j'')')
		+ try('SELECT * FROM ivm.reconcile(''v'')') + try('SELECT * FROM ivm.reconcile(''v'', ''p > 0'')')
		+ try('SELECT ivm.pause(''v'')')
		+ try('SELECT ivm.create_view(''late'', ''SELECT p, count(*) AS n FROM t GROUP BY p'')') $$;
CREATE FUNCTION try_all_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM try_all();
	RETURN NULL;
END $$;
-- a function
INSERT INTO t SELECT 30 + i, i, try_all() FROM generate_series(1, 2) i;
TABLE calls;
TRUNCATE calls;
SELECT * FROM check_views();
-- a trigger that fires before those of this extension, and a key that is dirty
DELETE FROM t WHERE id = 20;
CREATE TRIGGER a AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION try_all_trigger();
INSERT INTO t VALUES (40, 1, 1);
TABLE calls;
TRUNCATE calls;
DROP TRIGGER a ON t;
SELECT * FROM check_views();
-- a trigger of another table, after a foreign key has removed rows of this one: those whose
-- triggers are still to fire are pending events, those captured as they were written are
-- pending changes
DELETE FROM t WHERE id = 16;
CREATE TRIGGER z AFTER DELETE ON p FOR EACH ROW EXECUTE FUNCTION try_all_trigger();
SET ivm.direct_capture = off;
DELETE FROM p WHERE id = 2;
TABLE calls;
TRUNCATE calls;
SELECT * FROM check_views();
RESET ivm.direct_capture;
DELETE FROM p WHERE id = 3;
TABLE calls;
TRUNCATE calls;
DROP TRIGGER z ON p;
SELECT * FROM check_views();
SELECT oracle('late', 'SELECT p, count(*) AS n FROM t GROUP BY p');
SELECT ivm.drop_view('late');
-- the first view over a table, created by a statement that writes it
CREATE TABLE u (id int, x int);
INSERT INTO u SELECT i, try('SELECT make_view(''first'', ''SELECT count(*) AS n FROM u'')') FROM generate_series(1, 3) i;
TABLE calls;
TRUNCATE calls;
SELECT * FROM check_views();
-- a trigger of a table that has nothing to do with the view may call all of them
CREATE TABLE jobs (id int);
CREATE TRIGGER z AFTER INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION try_all_trigger();
INSERT INTO jobs VALUES (1);
SELECT * FROM calls;
SELECT ivm.resume('v');
SELECT * FROM check_views();
DROP SCHEMA maintain_mid_statement CASCADE;
