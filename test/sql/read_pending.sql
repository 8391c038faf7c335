-- Rows with pending deltas are read exactly, before and after what kept them from
-- being folded is gone, with changes of the own transaction on top.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set pending :srcdir /sql/include/pending.sql
\i :oracle
CREATE SCHEMA read_pending;
SET search_path = read_pending, ivm_test, public;
\i :pending
SELECT * FROM check_views();
SELECT * FROM grouped WHERE g IN (0, 12, 16, 20, 30, 300) ORDER BY g;
SELECT fold_views();
SELECT * FROM check_views();
-- own changes, to keys with deltas and to others
BEGIN;
INSERT INTO t SELECT 5000 + i, i, -i, 'own' FROM generate_series(0, 50) i;
DELETE FROM t WHERE g IN (2, 12, 17, 40, 301);
UPDATE t SET g = 22 WHERE g = 3;
SELECT * FROM check_views();
SAVEPOINT s;
DELETE FROM t;
SELECT * FROM check_views();
ROLLBACK TO s;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
-- in a session that has not loaded the library
\c
SET search_path = read_pending, ivm_test, public;
SELECT * FROM grouped WHERE g = 5;
\c
SET search_path = read_pending, ivm_test, public;
SET client_min_messages = warning;
SELECT * FROM check_views();
ROLLBACK PREPARED 'regress_ivm_pending';
SELECT * FROM check_views();
DROP SCHEMA read_pending CASCADE;
