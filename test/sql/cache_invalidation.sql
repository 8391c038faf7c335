-- A session derives a view anew after changes of what the view depends on, and
-- not after others.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA cache_invalidation;
SET search_path = cache_invalidation;
SET client_min_messages = warning;
CREATE TABLE b (g int, x int);
CREATE TABLE other (g int, x int);
CREATE FUNCTION twice(x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN x * 2; END';
CREATE FUNCTION unused(x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN x; END';
CREATE FUNCTION inner_part(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT x + 1';
CREATE FUNCTION outer_part(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT cache_invalidation.inner_part(x) * 10';
CREATE VIEW plain AS SELECT g, x FROM b;
CREATE ROLE regress_ivm_owner;
CREATE ROLE regress_ivm_other;
CREATE ROLE regress_ivm_group;
GRANT USAGE, CREATE ON SCHEMA cache_invalidation TO regress_ivm_owner;
GRANT SELECT, TRIGGER ON b TO regress_ivm_owner;
SELECT ivm.create_view('v', 'SELECT g, sum(twice(x)) AS total, sum(outer_part(x)) AS other FROM plain GROUP BY g');
SET ROLE regress_ivm_owner;
SELECT ivm.create_view('owned', 'SELECT g, count(*) AS n FROM b GROUP BY g');
RESET ROLE;

-- How often views have been looked up, not counting what was reported before
CREATE FUNCTION lookups() RETURNS bigint LANGUAGE sql AS $$
	SELECT coalesce(sum(seq_scan + coalesce(idx_scan, 0)), 0) FROM pg_stat_xact_all_tables
	WHERE relid IN ('ivm.view'::regclass, 'ivm.view_base'::regclass) $$;

-- Runs a command, then writes: are views looked up again?
CREATE PROCEDURE try(command text, INOUT derived boolean DEFAULT NULL) LANGUAGE plpgsql AS $$
DECLARE
	before bigint;
BEGIN
	EXECUTE command;
	COMMIT;
	before := lookups();
	INSERT INTO b VALUES (1, 1);
	PERFORM * FROM v;
	derived := lookups() > before;
	COMMIT;
END $$;

CALL try('SELECT');
-- what no view here depends on
CALL try('SELECT');
CALL try('ALTER FUNCTION unused(int) COST 7');
CALL try('CREATE FUNCTION another(int) RETURNS int LANGUAGE sql AS ''SELECT 1''');
CALL try('CREATE INDEX ON other (g)');
CALL try('CREATE TABLE third (a int)');
CALL try('SELECT ivm.create_view(''w'', ''SELECT g, sum(twice(x)) AS s FROM other GROUP BY g'')');
CALL try('INSERT INTO other VALUES (1, 1)');
CALL try('SELECT ivm.drop_view(''w'')');
CALL try('ALTER ROLE regress_ivm_other NOLOGIN CONNECTION LIMIT 3');
-- what they do
CALL try('ALTER FUNCTION twice(int) COST 7');
CALL try('SELECT');
CALL try('ALTER FUNCTION inner_part(int) COST 7');
CALL try('ALTER FUNCTION outer_part(int) COST 7');
CALL try('CREATE OR REPLACE FUNCTION inner_part(x int) RETURNS int LANGUAGE sql IMMUTABLE AS ''SELECT x + 1''');
CALL try('CREATE INDEX ON b (g)');
CALL try('ALTER VIEW plain RENAME TO plainer');
CALL try('ALTER ROLE regress_ivm_owner CONNECTION LIMIT 3');
CALL try('GRANT regress_ivm_group TO regress_ivm_owner');
CALL try('SELECT');
SELECT * FROM v;
SELECT * FROM ivm.verify_view('v');
SELECT * FROM ivm.verify_view('owned');

-- A partition of a partition is a change of the table, with or without event
-- triggers.
CREATE TABLE p (k int, x int) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1, 2) PARTITION BY LIST (x);
CREATE TABLE p1a PARTITION OF p1 FOR VALUES IN (1);
SELECT ivm.create_view('pv', 'SELECT k, count(*) AS n FROM p GROUP BY k');
INSERT INTO p VALUES (1, 1);
SELECT * FROM pv;
CREATE TABLE p1b (k int, x int);
INSERT INTO p1b VALUES (2, 2);
ALTER EVENT TRIGGER ivm_event_end DISABLE;
ALTER TABLE p1 ATTACH PARTITION p1b FOR VALUES IN (2);
ALTER EVENT TRIGGER ivm_event_end ENABLE ALWAYS;
SELECT * FROM pv ORDER BY k;

-- A row of the catalogue without its entry by table is not believed.
DELETE FROM ivm.view_base WHERE base = 'b'::regclass;
\c
SET search_path = cache_invalidation;
SET client_min_messages = warning;
INSERT INTO b VALUES (2, 2);
SELECT * FROM v ORDER BY g;
SELECT viewname, status, reason FROM ivm.views WHERE viewname = 'v';
SELECT * FROM ivm.reconcile('v');
SELECT * FROM ivm.reconcile('owned');
INSERT INTO b VALUES (2, 2);
SELECT * FROM v ORDER BY g;
SELECT viewname, status, reason FROM ivm.views WHERE viewname = 'v';

DROP SCHEMA cache_invalidation CASCADE;
DROP ROLE regress_ivm_owner, regress_ivm_other, regress_ivm_group;
SELECT count(*) FROM ivm.view_base;
