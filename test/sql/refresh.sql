-- refresh and refresh_all fill what was created without data.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA refresh;
SET search_path = refresh, ivm_test, public;

CREATE TABLE t (id int PRIMARY KEY, k int);
INSERT INTO t SELECT g, g % 5 FROM generate_series(1, 50) g;
SELECT ivm.create_view('v1', 'SELECT k, count(*) AS n FROM t GROUP BY k', with_data => false);
SELECT ivm.create_view('v2', 'SELECT 10 / (k - 1) AS q, count(*) AS n FROM t WHERE k <> 1 GROUP BY 1', with_data => false);
SELECT ivm.create_view('v3', 'SELECT k FROM t', with_data => false);
SELECT ivm.create_view('w1', 'SELECT k FROM t', with_data => false);
SELECT ivm.create_view('v4', 'SELECT DISTINCT k FROM t');
SET client_min_messages = notice;
SELECT viewname, status FROM ivm.views WHERE schemaname = 'refresh' ORDER BY 1;
SELECT sum(n) FROM v1;
SELECT method, reason FROM ivm.refresh('v1');
SELECT method, reason FROM ivm.refresh('v1');
SELECT method, reason FROM ivm.refresh('v4');
SELECT sum(n) FROM v1;

-- a failing view does not keep the next one back
CREATE TABLE u (id int PRIMARY KEY, k int);
INSERT INTO u VALUES (1, 1);
SELECT ivm.create_view('v5', 'SELECT 10 / (k - 1) AS q FROM u', with_data => false);
SELECT ivm.create_view('v6', 'SELECT k FROM u', with_data => false);
CALL ivm.refresh_all('refresh.v%');
SELECT viewname, status FROM ivm.views WHERE schemaname = 'refresh' ORDER BY 1;
SELECT view_name, rows_inserted, error FROM ivm.history
WHERE operation = 'refresh' AND view_name LIKE 'refresh.%' ORDER BY id;
DELETE FROM u;
SELECT ivm.pause('v3');
CALL ivm.refresh_all();
SELECT viewname, status FROM ivm.views WHERE schemaname = 'refresh' ORDER BY 1;
SELECT v, count(side) FROM unnest('{v1,v2,v3,v4,v5,v6,w1}'::regclass[]) v
	LEFT JOIN LATERAL ivm.verify_view(v) ON true GROUP BY v ORDER BY v::text COLLATE "C";

-- it commits, so it cannot run inside a transaction, and says so even if nothing is to be done
BEGIN;
CALL ivm.refresh_all('no such view');
ROLLBACK;
CREATE FUNCTION all_of_them() RETURNS void LANGUAGE plpgsql AS 'BEGIN CALL ivm.refresh_all(); END';
SELECT all_of_them();
SELECT ivm.create_view('v7', 'SELECT k FROM u', with_data => false);
BEGIN;
CALL ivm.refresh_all();
ROLLBACK;
SELECT method, reason FROM ivm.refresh('v3');
SELECT ivm.refresh(NULL);
SELECT method, reason FROM ivm.refresh('t');

-- how fresh a read is: as its snapshot
SELECT ivm.data_as_of('v1') = statement_timestamp(), ivm.data_as_of('v7') = statement_timestamp();
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT ivm.data_as_of('v1') = now();
COMMIT;
SELECT ivm.data_as_of('t');
SELECT ivm.data_as_of(NULL);
RESET client_min_messages;
SET client_min_messages = warning;
DROP SCHEMA refresh CASCADE;
