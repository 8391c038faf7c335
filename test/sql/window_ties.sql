-- Window functions in subqueries that count rows which their ORDER BY leaves in no order: which of them is the first one may
-- change when rows have moved, and what is stored has to be found again all the same.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA window_ties;
SET search_path = window_ties, ivm_test, public;
\set ties :srcdir /sql/include/ties.sql
\i :ties
SELECT make('first', 'SELECT c.id, f.tag FROM c JOIN (SELECT cust, tag, row_number() OVER (PARTITION BY cust ORDER BY prio) AS r FROM o) f ON f.cust = c.id AND f.r = 1');
SELECT make('numbers', 'SELECT c.id, f.tag, f.r, f.k, f.n FROM c JOIN (SELECT cust, tag, row_number() OVER w AS r, rank() OVER w AS k, count(*) OVER w AS n FROM o WINDOW w AS (PARTITION BY cust ORDER BY prio DESC)) f ON f.cust = c.id');
SELECT make('before', 'SELECT c.id, f.tag, f.l, f.f, f.d FROM c JOIN (SELECT cust, tag, lag(tag) OVER w AS l, first_value(tag) OVER w AS f, lead(prio, 1, -1) OVER w AS d FROM o WINDOW w AS (PARTITION BY cust ORDER BY prio RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) f ON f.cust = c.id');
SELECT make('ranges', 'SELECT c.id, f.tag, f.n, f.s FROM c JOIN (SELECT cust, tag, ntile(3) OVER w AS n, sum(prio) OVER w AS s FROM o WINDOW w AS (PARTITION BY cust ORDER BY prio RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)) f ON f.cust = c.id');
SELECT make('running', 'SELECT c.id, f.t, f.s FROM c JOIN (SELECT cust, j::text AS t, sum(id) OVER (PARTITION BY cust ORDER BY prio ROWS 2 PRECEDING) AS s FROM o) f ON f.cust = c.id');
SELECT make('of_groups', 'SELECT c.id, f.p, f.r FROM c JOIN (SELECT cust, prio AS p, row_number() OVER (PARTITION BY cust ORDER BY count(*) > 0) AS r FROM o GROUP BY cust, prio) f ON f.cust = c.id');
SELECT * FROM wrong();
-- ranks, and sums over frames by value, are what they are
SELECT count(*) FROM (SELECT id, tag, k, n FROM numbers_now EXCEPT ALL
	SELECT c.id, tag, rank() OVER w, count(*) OVER w FROM c JOIN o ON cust = c.id WINDOW w AS (PARTITION BY cust ORDER BY prio DESC)) d;
SELECT count(*) FROM (SELECT id, tag, s FROM ranges_now EXCEPT ALL
	SELECT c.id, tag, sum(prio) OVER (PARTITION BY cust ORDER BY prio RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM c JOIN o ON cust = c.id) d;
UPDATE o SET note = 'x' WHERE id % 2 = 1;
CLUSTER o USING o_note;
UPDATE o SET tag = tag || '!' WHERE id IN (3, 4, 5);
SELECT * FROM wrong();
CLUSTER o USING o_pkey;
UPDATE o SET prio = 1 - prio WHERE id % 5 = 1;
SELECT * FROM wrong();
UPDATE o SET note = note || 'y' WHERE id % 3 = 1;
CLUSTER o USING o_note;
UPDATE c SET k = 1 - k WHERE id = 2;
DELETE FROM o WHERE id % 4 = 2;
SELECT * FROM wrong();
SELECT * FROM first_now ORDER BY id;
SELECT * FROM numbers_now WHERE id = 1 ORDER BY r;
SELECT * FROM before_now WHERE id = 1 ORDER BY d, l;
DELETE FROM o WHERE id > 4;
SELECT * FROM wrong();
DELETE FROM o;
SELECT * FROM wrong();
DROP SCHEMA window_ties CASCADE;
