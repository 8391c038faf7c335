-- Window functions in subqueries that count rows which their ORDER BY leaves in no order: which of them is the first one may
-- change when rows have moved, and what is stored has to be found again all the same.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA window_ties;
SET search_path = window_ties, ivm_test, public;
CREATE TABLE c (id int PRIMARY KEY, k int);
CREATE TABLE o (id int PRIMARY KEY, cust int, prio int, tag text, j json, note text);
CREATE INDEX o_cust ON o (cust);
CREATE INDEX o_note ON o (note);
INSERT INTO c SELECT i, i % 2 FROM generate_series(1, 4) i;
INSERT INTO o SELECT i, 1 + i % 3, i % 2, 't' || i, to_json(i), 'a' FROM generate_series(1, 24) i;
CREATE FUNCTION make(name text, query text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ivm.create_view(name || '_now', query);
	PERFORM ivm.create_view(name || '_later', query, 'deferred');
	PERFORM ivm.create_view(name || '_fresh', query, 'deferred', options => '{"max_staleness": "0"}');
END $$;
SELECT make('first', 'SELECT c.id, f.tag FROM c JOIN (SELECT cust, tag, row_number() OVER (PARTITION BY cust ORDER BY prio) AS r FROM o) f ON f.cust = c.id AND f.r = 1');
SELECT make('numbers', 'SELECT c.id, f.tag, f.r, f.k, f.n FROM c JOIN (SELECT cust, tag, row_number() OVER w AS r, rank() OVER w AS k, count(*) OVER w AS n FROM o WINDOW w AS (PARTITION BY cust ORDER BY prio DESC)) f ON f.cust = c.id');
SELECT make('before', 'SELECT c.id, f.tag, f.l, f.f, f.d FROM c JOIN (SELECT cust, tag, lag(tag) OVER w AS l, first_value(tag) OVER w AS f, lead(prio, 1, -1) OVER w AS d FROM o WINDOW w AS (PARTITION BY cust ORDER BY prio RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) f ON f.cust = c.id');
SELECT make('ranges', 'SELECT c.id, f.tag, f.n, f.s FROM c JOIN (SELECT cust, tag, ntile(3) OVER w AS n, sum(prio) OVER w AS s FROM o WINDOW w AS (PARTITION BY cust ORDER BY prio RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)) f ON f.cust = c.id');
SELECT make('running', 'SELECT c.id, f.t, f.s FROM c JOIN (SELECT cust, j::text AS t, sum(id) OVER (PARTITION BY cust ORDER BY prio ROWS 2 PRECEDING) AS s FROM o) f ON f.cust = c.id');
SELECT make('of_groups', 'SELECT c.id, f.p, f.r FROM c JOIN (SELECT cust, prio AS p, row_number() OVER (PARTITION BY cust ORDER BY count(*) > 0) AS r FROM o GROUP BY cust, prio) f ON f.cust = c.id');
CREATE FUNCTION wrong() RETURNS TABLE (view text, n bigint, verified bigint) LANGUAGE plpgsql AS $$
BEGIN
	FOR view IN SELECT viewname FROM ivm.views WHERE schemaname = 'window_ties' AND mode = 'deferred' LOOP
		PERFORM ivm.refresh(view::regclass);
	END LOOP;
	FOR view IN SELECT viewname FROM ivm.views WHERE schemaname = 'window_ties' ORDER BY 1 LOOP
		EXECUTE format('SELECT abs((SELECT count(*) FROM %1$I) - (SELECT count(*) FROM (%2$s) q)), (SELECT count(*) FROM ivm.verify_view(%1$L))',
					   view, rtrim((SELECT definition FROM ivm.views v WHERE v.viewname = wrong.view), ';')) INTO n, verified;
		IF n <> 0 OR verified <> 0 THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END $$;
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
