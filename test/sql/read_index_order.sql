-- ORDER BY and LIMIT by an index: rows with deltas come in their places.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set pending :srcdir /sql/include/pending.sql
\i :oracle
CREATE SCHEMA read_index_order;
SET search_path = read_index_order, ivm_test, public;
\i :pending
SET enable_sort = off;
SELECT plan_of('SELECT * FROM grouped ORDER BY g LIMIT 3');
RESET enable_sort;
SELECT same('SELECT * FROM @grouped v ORDER BY g', true);
SELECT same('SELECT * FROM @grouped v ORDER BY g DESC', true);
SELECT same('SELECT * FROM @grouped v ORDER BY g LIMIT 30', true);
SELECT same('SELECT * FROM @grouped v ORDER BY g DESC LIMIT 30', true);
SELECT same('SELECT * FROM @grouped v ORDER BY g NULLS FIRST LIMIT 5', true);
SELECT same('SELECT * FROM @grouped v ORDER BY g DESC NULLS LAST LIMIT 12', true);
SELECT same('SELECT * FROM @grouped v ORDER BY g OFFSET 9 LIMIT 9', true);
SELECT same('SELECT g FROM @grouped v ORDER BY g OFFSET 280', true);
SELECT same('SELECT * FROM @grouped v WHERE g > 5 AND n > 3 ORDER BY g LIMIT 25', true);
SELECT same('SELECT * FROM @grouped v WHERE g < 305 ORDER BY g DESC LIMIT 25', true);
SELECT same('SELECT * FROM @grouped v ORDER BY g, s LIMIT 10', true);
SELECT same('SELECT * FROM @grouped v ORDER BY s, g LIMIT 10', true);
SELECT same('SELECT DISTINCT g FROM @grouped v ORDER BY g LIMIT 26', true);
SELECT same('SELECT min(g), max(g) FROM @grouped v', true);
SELECT same('SELECT max(g) FROM @grouped v WHERE g < 25', true);
SELECT same('SELECT g, sum(n) OVER (ORDER BY g) FROM @grouped v ORDER BY g', true);
SELECT same('SELECT g / 10, sum(s) FROM @grouped v GROUP BY 1 ORDER BY 1', true);
SELECT same('SELECT * FROM @names v ORDER BY s COLLATE "C" LIMIT 8', true);
SELECT same('SELECT g FROM @grouped v ORDER BY g FETCH FIRST 21 ROWS WITH TIES', true);
-- a cursor goes both ways over it
BEGIN;
SET LOCAL enable_sort = off;
SET LOCAL enable_seqscan = off;
DECLARE c SCROLL CURSOR FOR SELECT g, n, s FROM grouped WHERE g BETWEEN 8 AND 26 ORDER BY g;
FETCH FORWARD 5 FROM c;
FETCH BACKWARD 2 FROM c;
FETCH LAST FROM c;
FETCH PRIOR FROM c;
FETCH ABSOLUTE 3 FROM c;
COMMIT;
ROLLBACK PREPARED 'regress_ivm_pending';
SELECT * FROM check_views();
DROP SCHEMA read_index_order CASCADE;
