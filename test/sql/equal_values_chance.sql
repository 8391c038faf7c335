-- Which of several equal values min(), DISTINCT or LIMIT takes may differ from one evaluation
-- to the next.  What was stored has to be found again all the same: where the value is
-- only a part of a column, beside a window, determined by GROUP BY, or summed up.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA equal_values_chance;
SET search_path = equal_values_chance, ivm_test, public;
CREATE TABLE c (id int PRIMARY KEY, credit numeric);
CREATE TABLE o (id int PRIMARY KEY, cust int, amount numeric, note text);
INSERT INTO c SELECT i, i FROM generate_series(1, 5) i;
INSERT INTO o VALUES (1, 2, 8.0), (2, 2, 8), (3, 1, 5);
-- each of them immediate, and deferred: what was there is computed from the logged rows then, in another order
CREATE FUNCTION make_both(name text, query text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM make_view(name, query, 'values');
	PERFORM ivm.create_view(name || '_late', query, 'deferred');
	INSERT INTO ivm_test.definition VALUES ((name || '_late')::regclass, query, 'values');
END $$;
SELECT make_both('part', 'SELECT id, (SELECT max(amount) FROM o WHERE o.cust = c.id) + (SELECT min(credit) FROM c) AS x FROM c');
SELECT make_both('part_merged', 'SELECT c.id, d.id AS same, (SELECT max(amount) FROM o WHERE o.cust = d.id) + (SELECT min(credit) FROM c) AS x FROM c JOIN c d USING (credit)');
SELECT make_both('windows', 'SELECT id, x, rank() OVER (ORDER BY id) AS r FROM c LEFT JOIN (SELECT cust, max(amount) AS x FROM o GROUP BY cust) q ON q.cust = c.id');
SELECT make_both('determined', 'SELECT id, count(*) AS n, (SELECT max(amount) FROM o WHERE o.cust = c.id) AS x FROM c GROUP BY id');
SELECT make_both('distincts', 'SELECT id, ARRAY(SELECT DISTINCT amount FROM o WHERE o.cust = c.id ORDER BY 1) AS x FROM c');
SELECT make_both('limited', 'SELECT id, (SELECT amount FROM o WHERE o.cust = c.id ORDER BY amount DESC LIMIT 1) AS x FROM c');
SELECT make_both('unions', 'SELECT id, (SELECT amount FROM o WHERE o.cust = c.id UNION SELECT credit + 6 FROM c d WHERE d.id = c.id LIMIT 1) IS NULL AS x, ARRAY(SELECT amount FROM o WHERE o.cust = c.id UNION SELECT credit + 6 FROM c d WHERE d.id = c.id ORDER BY 1) AS xs FROM c');
SELECT make_both('nested', 'SELECT id, (SELECT sum(d.amount) FROM (SELECT DISTINCT amount FROM o WHERE o.cust = c.id) d) AS s, ARRAY(SELECT d.amount FROM (SELECT DISTINCT amount FROM o WHERE o.cust = c.id) d ORDER BY 1) AS x FROM c');
SELECT make_both('discrete', 'SELECT id, (SELECT percentile_disc(0.9) WITHIN GROUP (ORDER BY amount) FROM o WHERE o.cust = c.id) AS x FROM c');
SELECT make_both('earlier', 'SELECT c.id, q.x FROM c JOIN (SELECT cust, id, max(amount) OVER (PARTITION BY cust) AS x FROM o) q ON q.cust = c.id');
SELECT make_both('summed', 'SELECT c.id % 2 AS k, sum(q.x) AS total, count(q.x) AS n, avg(q.x) AS mean, var_pop(q.x) AS variance FROM c JOIN (SELECT cust, max(amount) AS x FROM o GROUP BY cust) q ON q.cust = c.id GROUP BY 1');
SELECT make_both('lists', 'SELECT id, count(*) AS n, (SELECT array_agg(DISTINCT amount) FROM o WHERE o.cust = c.id) AS x, (SELECT array_agg(amount ORDER BY amount) FROM o WHERE o.cust = c.id) AS y, ARRAY(SELECT amount FROM o WHERE o.cust = c.id ORDER BY 1) AS z FROM c GROUP BY id');
SELECT make_both('summed_first', 'SELECT k, sum(x) AS total FROM (SELECT cust AS k, (array_agg(amount ORDER BY amount))[1] AS x FROM o GROUP BY cust) q GROUP BY k');
-- the total is there without any rows
SELECT make_both('summed_sets', 'SELECT k, sum(x) AS total FROM (SELECT cust AS k, max(amount) AS x FROM o GROUP BY cust) q GROUP BY ROLLUP (k)');
CREATE FUNCTION check_all() RETURNS TABLE (view text, result text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ivm.refresh(d.view) FROM ivm_test.definition d WHERE d.view::text LIKE '%\_late';
	RETURN QUERY SELECT * FROM check_views() c WHERE c.result NOT LIKE 'exact%';
END $$;
-- the row moves behind the other one
UPDATE o SET note = 'x' WHERE id = 1;
SELECT * FROM check_all();
UPDATE o SET amount = 9 WHERE id = 1;
SELECT * FROM check_all();
UPDATE o SET amount = 9.00 WHERE id = 2;
SELECT * FROM check_all();
UPDATE o SET note = 'x' WHERE id = 1;
SELECT * FROM check_all();
UPDATE o SET amount = 9.0 WHERE id = 1;
SELECT * FROM check_all();
DELETE FROM o WHERE id = 1;
SELECT * FROM check_all();
INSERT INTO o VALUES (4, 2, 9.000);
SELECT * FROM check_all();
DELETE FROM o WHERE id = 2;
SELECT * FROM check_all();
-- no group is left of sums of which other scales were taken away than were added
DELETE FROM o;
SELECT * FROM check_all();
SELECT * FROM summed_late;
DROP SCHEMA equal_values_chance CASCADE;
