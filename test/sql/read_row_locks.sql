-- FOR UPDATE of another table in a query with the view; UPDATE and DELETE that read
-- the view; the view itself cannot be locked.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set pending :srcdir /sql/include/pending.sql
\i :oracle
CREATE SCHEMA read_row_locks;
SET search_path = read_row_locks, ivm_test, public;
\i :pending
CREATE TABLE other (g int PRIMARY KEY, n bigint);
INSERT INTO other SELECT i, 0 FROM generate_series(0, 30) i;
SELECT o.g, v.n FROM other o JOIN grouped v USING (g) WHERE g IN (3, 12, 22, 30) ORDER BY g FOR UPDATE OF o;
SELECT count(*) FROM (SELECT o.g FROM other o JOIN listed v USING (g) FOR SHARE OF o) q;
SELECT * FROM grouped WHERE g = 3 FOR UPDATE;
SELECT o.g FROM other o JOIN grouped v USING (g) FOR UPDATE;
UPDATE other o SET n = v.n FROM grouped v WHERE v.g = o.g;
SELECT count(*), sum(o.n) = sum(v.n) AS equal FROM other o JOIN grouped v USING (g);
DELETE FROM other o USING grouped v WHERE v.g = o.g AND v.hi > 900;
DELETE FROM other WHERE g NOT IN (SELECT g FROM grouped WHERE g IS NOT NULL);
SELECT count(*) FROM other;
MERGE INTO other o USING (SELECT * FROM grouped WHERE g BETWEEN 295 AND 303) v ON v.g = o.g
	WHEN NOT MATCHED THEN INSERT VALUES (v.g, v.n);
SELECT count(*) FROM other;
-- the base table, by what its view says
UPDATE t SET x = x + 1 FROM grouped v WHERE v.g = t.g AND v.n > 4;
DELETE FROM t WHERE g IN (SELECT g FROM grouped WHERE n = 3) AND g > 30;
SELECT * FROM check_views();
ROLLBACK PREPARED 'regress_ivm_pending';
SELECT * FROM check_views();
DROP SCHEMA read_row_locks CASCADE;
