-- Look-ups by key, by an array of keys, by ranges and NULL, by other columns.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set pending :srcdir /sql/include/pending.sql
\i :oracle
CREATE SCHEMA read_by_key;
SET search_path = read_by_key, ivm_test, public;
\i :pending
SET enable_seqscan = off;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT plan_of('SELECT * FROM grouped WHERE g = 5');
RESET enable_seqscan;
RESET enable_bitmapscan;
RESET enable_seqscan;
SELECT same('SELECT * FROM @grouped v WHERE g = 5');
SELECT same('SELECT * FROM @grouped v WHERE g = 21');
SELECT same('SELECT * FROM @grouped v WHERE g = 305');
SELECT same('SELECT * FROM @grouped v WHERE g = 120');
SELECT same('SELECT * FROM @grouped v WHERE g = 5000');
SELECT same('SELECT * FROM @grouped v WHERE g IN (1, 11, 21, 301, 99, -1)');
SELECT same('SELECT * FROM @grouped v WHERE g = ANY (ARRAY[16, NULL, 250])');
SELECT same('SELECT * FROM @grouped v WHERE g BETWEEN 8 AND 31');
SELECT same('SELECT * FROM @grouped v WHERE g > 290');
SELECT same('SELECT * FROM @grouped v WHERE g IS NULL');
SELECT same('SELECT * FROM @grouped v WHERE g IS NOT NULL AND g < 3');
SELECT same('SELECT * FROM @grouped v WHERE g = 5 OR s > 3000');
SELECT same('SELECT * FROM @grouped v WHERE g = 5 AND g = 6');
SELECT same('SELECT * FROM @grouped v WHERE g::text LIKE ''1%''');
SELECT same('SELECT * FROM @grouped v WHERE g % 7 = 0 AND n > 4');
SELECT same('SELECT * FROM @grouped v WHERE s < 0 OR lo < 5 OR hi > 990');
SELECT same('SELECT n FROM @grouped v WHERE s = (SELECT max(s) FROM @grouped w)');
SELECT same('SELECT * FROM @names v WHERE s = ''new3''');
SELECT same('SELECT * FROM @names v WHERE s > ''s1'' AND s < ''s2''');
SELECT same('SELECT * FROM @listed v WHERE g = 15');
SELECT same('SELECT * FROM @bag v WHERE g = 2 AND s LIKE ''n%''');
SELECT same('SELECT g, n FROM @grouped v WHERE (g, n) = (7, 5)');
SELECT same('SELECT count(*), 1 FROM @grouped v WHERE false');
ROLLBACK PREPARED 'regress_ivm_pending';
SELECT * FROM check_views();
DROP SCHEMA read_by_key CASCADE;
