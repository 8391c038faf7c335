-- What a sum of floats is depends on the order in which they are added up, and that changes when rows
-- move.  Where such a sum is in a subquery, what was there is computed again to be taken
-- away, so it must not depend on that order.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA float_order;
SET search_path = float_order, ivm_test, public;
CREATE TABLE c (id int PRIMARY KEY, country text);
CREATE TABLE o (id int PRIMARY KEY, cust int, f float8, s float4, note text);
CREATE INDEX o_cust ON o (cust);
CREATE INDEX o_note ON o (note);
INSERT INTO c SELECT i, 'c' || i % 2 FROM generate_series(1, 5) i;
INSERT INTO o SELECT i, 1 + i % 3, (ARRAY[0.1, 0.2, 0.3, 1e16, -1e16, 3.3])[1 + i % 6], (i % 7) / 10.0 FROM generate_series(1, 30) i;
CREATE TABLE made (name text, query text);
-- views with columns id and x; each of them immediate, deferred, and always fresh
CREATE FUNCTION make(name text, query text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ivm.create_view(name || '_now', query);
	PERFORM ivm.create_view(name || '_later', query, 'deferred');
	PERFORM ivm.create_view(name || '_fresh', query, 'deferred', options => '{"max_staleness": "0"}');
	INSERT INTO made SELECT name || m, query FROM unnest('{_now,_later,_fresh}'::text[]) m;
END $$;
SELECT make('joined', 'SELECT c.id, s.x FROM c JOIN (SELECT cust, sum(f) AS x FROM o GROUP BY cust) s ON s.cust = c.id');
SELECT make('outer_joined', 'SELECT c.id, s.x FROM c LEFT JOIN (SELECT cust, avg(s) AS x, sum(f) FILTER (WHERE f < 100) AS y FROM o GROUP BY cust HAVING sum(s) > 0) s ON s.cust = c.id WHERE s.y IS NULL OR s.y > 0');
SELECT make('scalar', 'SELECT id, (SELECT sum(f) FROM o WHERE o.cust = c.id) AS x FROM c');
SELECT make('single', 'SELECT id, (SELECT sum(s) FROM o WHERE o.cust = c.id)::float8 AS x FROM c');
SELECT make('averages', 'SELECT id, (SELECT stddev(s) FROM o WHERE o.cust = c.id) AS x FROM c');
SELECT make('slopes', 'SELECT id, (SELECT regr_slope(s, id) FROM o WHERE o.cust = c.id) AS x FROM c');
SELECT make('grouped', 'SELECT id, (SELECT sum(f) FROM o WHERE o.cust = c.id) AS x, count(*) AS n FROM c GROUP BY id');
SELECT make('around', 'SELECT country AS id, sum(x) AS x, count(*) AS n FROM (SELECT country, (SELECT sum(f) FROM o WHERE o.cust = c.id) AS x FROM c) q GROUP BY 1');
SELECT make('windows', 'SELECT c.id, q.x FROM c JOIN (SELECT cust, id, sum(f) OVER (PARTITION BY cust) AS x FROM o) q ON q.cust = c.id');
SELECT make('windows_filtered', 'SELECT c.id, q.x FROM c JOIN (SELECT cust, id, avg(s) FILTER (WHERE id > 3) OVER (PARTITION BY cust) AS x FROM o) q ON q.cust = c.id');
SELECT make('of_outer', 'SELECT c.id, q.x FROM c JOIN LATERAL (SELECT (SELECT sum(o.f) FROM c d WHERE d.id = c.id) AS x FROM o WHERE o.cust = c.id) q ON true');
SELECT make('sets', 'SELECT c.id, q.x FROM c JOIN (SELECT cust, id, sum(f) AS x FROM o GROUP BY GROUPING SETS ((cust, id), (cust))) q ON q.cust = c.id');
SELECT make('unions', 'SELECT cust AS id, sum(f) AS x FROM o GROUP BY cust UNION ALL SELECT id, 0 FROM c');
CREATE FUNCTION wrong() RETURNS TABLE (name text, side text, id text, x numeric) LANGUAGE plpgsql AS $$
DECLARE
	m	record;
BEGIN
	FOR m IN SELECT * FROM made LOOP
		name := m.name;
		IF name LIKE '%\_later' THEN
			PERFORM ivm.refresh(name::regclass);
		END IF;
		RETURN QUERY EXECUTE format($q$
			WITH stored AS (SELECT id::text, round(x::numeric, 3) AS x FROM %1$I),
				 recomputed AS (SELECT id::text, round(x::numeric, 3) AS x FROM (%2$s) q)
			SELECT %1$L, 'view', a.* FROM (TABLE stored EXCEPT ALL TABLE recomputed) a
			UNION ALL
			SELECT %1$L, 'definition', b.* FROM (TABLE recomputed EXCEPT ALL TABLE stored) b$q$, m.name, m.query);
	END LOOP;
END $$;
UPDATE o SET f = f / 1e16 WHERE abs(f) > 100;
SELECT * FROM wrong();
UPDATE o SET note = 'x' WHERE id % 2 = 1;
UPDATE o SET f = f + 0.1, s = s + 0.1 WHERE id = 3;
SELECT * FROM wrong();
UPDATE o SET note = 'y' WHERE id % 5 < 2;
UPDATE o SET f = f + 0.1, s = s - 0.1 WHERE id % 7 = 4;
SELECT * FROM wrong();
UPDATE o SET note = note || 'k' WHERE id % 3 = 0;
CLUSTER o USING o_note;
UPDATE o SET f = f - 0.1, s = s * 1.1 WHERE id IN (2, 9, 11);
SELECT * FROM wrong();
CLUSTER o USING o_pkey;
UPDATE o SET f = f - 0.1, s = s * 1.1 WHERE id IN (2, 9, 11);
SELECT * FROM wrong();
DELETE FROM o WHERE id % 5 = 1;
SELECT * FROM wrong();
DELETE FROM o;
SELECT * FROM wrong();
SELECT count(*) FROM joined_now;
DROP SCHEMA float_order CASCADE;
