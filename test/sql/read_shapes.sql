-- Views in every place of a query: joins, subqueries, set operations, CTEs, LATERAL,
-- grouping sets, recursion.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set pending :srcdir /sql/include/pending.sql
\i :oracle
CREATE SCHEMA read_shapes;
SET search_path = read_shapes, ivm_test, public;
\i :pending
CREATE TABLE other (g int PRIMARY KEY, label text);
INSERT INTO other SELECT i, 'label ' || i FROM generate_series(0, 320, 5) i;
ANALYZE other;
SELECT same('SELECT v.*, label FROM @grouped v JOIN other USING (g)');
SELECT same('SELECT v.*, label FROM @grouped v LEFT JOIN other USING (g) WHERE g < 40');
SELECT same('SELECT v.*, o.* FROM @grouped v RIGHT JOIN other o ON o.g = v.g');
SELECT same('SELECT v.g, v.n, o.* FROM @grouped v FULL JOIN other o ON o.g = v.g');
SELECT same('SELECT v.g, w.l FROM @grouped v JOIN @listed w ON w.g = v.g AND v.lo < 50');
SELECT same('SELECT a.g, b.s FROM @grouped a, @grouped b WHERE a.g = b.g + 1 AND a.g < 30');
SELECT same('SELECT label FROM other o WHERE EXISTS (SELECT FROM @grouped v WHERE v.g = o.g AND v.n > 4)');
SELECT same('SELECT label FROM other o WHERE NOT EXISTS (SELECT FROM @grouped v WHERE v.g = o.g)');
SELECT same('SELECT label FROM other o WHERE g IN (SELECT g FROM @grouped v WHERE s < 1500)');
SELECT same('SELECT label FROM other o WHERE g NOT IN (SELECT g FROM @grouped v WHERE g IS NOT NULL)');
SELECT same('SELECT g FROM @grouped v WHERE g NOT IN (SELECT g FROM @listed w)');
SELECT same('SELECT o.g, (SELECT n FROM @grouped v WHERE v.g = o.g) FROM other o');
SELECT same('SELECT o.g, l.* FROM other o, LATERAL (SELECT s, hi FROM @grouped v WHERE v.g <= o.g ORDER BY v.g DESC LIMIT 2) l');
SELECT same('SELECT o.g, l.* FROM other o LEFT JOIN LATERAL (SELECT s FROM @grouped v WHERE v.g = o.g AND o.g % 2 = 0) l ON true');
SELECT same('WITH w AS MATERIALIZED (SELECT * FROM @grouped v WHERE g < 50) SELECT a.g, b.n FROM w a JOIN w b ON a.g = b.g + 10');
SELECT same('WITH w AS NOT MATERIALIZED (SELECT * FROM @grouped v) SELECT a.g, b.n FROM w a JOIN w b ON a.g = b.g + 10 WHERE a.g < 30');
SELECT same('SELECT g, n FROM @grouped v WHERE g < 25 UNION ALL SELECT g, d FROM @listed w UNION ALL SELECT g, 0 FROM t WHERE g > 300');
SELECT same('SELECT g FROM @grouped v UNION SELECT g FROM @listed w');
SELECT same('SELECT g FROM @grouped v INTERSECT SELECT g FROM other');
SELECT same('SELECT g FROM @grouped v EXCEPT ALL SELECT g FROM other');
SELECT same('SELECT g FROM @bag v EXCEPT ALL SELECT g FROM @listed w');
SELECT same('SELECT count(*), sum(n), sum(s), min(lo), max(hi) FROM @grouped v');
SELECT same('SELECT count(*) FROM @bag v');
SELECT same('SELECT g % 3, count(*), sum(n) FROM @grouped v GROUP BY ROLLUP (g % 3)');
SELECT same('SELECT g % 3, n, sum(s) FROM @grouped v GROUP BY GROUPING SETS ((1), (2), ())');
SELECT same('SELECT DISTINCT n FROM @grouped v');
SELECT same('SELECT DISTINCT ON (n) n, g FROM @grouped v ORDER BY n, g');
SELECT same('SELECT g, rank() OVER (PARTITION BY n ORDER BY s DESC, g) FROM @grouped v');
SELECT same('WITH RECURSIVE r AS (SELECT g, n FROM @grouped v WHERE g = 0 UNION ALL SELECT v.g, v.n FROM @grouped v JOIN r ON v.g = r.g + 7) SELECT * FROM r');
SELECT same('SELECT v FROM @grouped v WHERE g < 12');
SELECT same('SELECT (v).s, v IS NULL FROM @grouped v WHERE g < 12');
SELECT same('SELECT a, b FROM @few v JOIN @total w ON w.n > v.r');
SELECT same('SELECT t.id, v.n FROM t JOIN @grouped v USING (g) WHERE t.x < 60');
SELECT same('SELECT CASE WHEN n > 4 THEN (SELECT hi FROM @total w) ELSE g END FROM @grouped v WHERE g < 12');
SELECT same('SELECT * FROM @total v, @few w');
SELECT same('SELECT * FROM generate_series(295, 312) i LEFT JOIN @grouped v ON v.g = i');
-- table functions, COPY, INSERT ... SELECT, CREATE TABLE AS
COPY (SELECT * FROM grouped WHERE g IN (4, 21, 300) ORDER BY g) TO stdout;
CREATE TABLE copied AS SELECT * FROM grouped;
INSERT INTO copied SELECT * FROM grouped;
SELECT count(*), sum(n) FROM copied;
CREATE MATERIALIZED VIEW kept AS SELECT * FROM grouped;
SELECT count(*), sum(n) FROM kept;
ROLLBACK PREPARED 'regress_ivm_pending';
SELECT * FROM check_views();
DROP SCHEMA read_shapes CASCADE;
