-- Every construct of SQL: a view is made of an example, taken through the same
-- changes of all its tables, and compared with its definition after each.  What
-- explain_query() promises about recomputation is compared with what was counted.
-- The output between the markers is a part of doc/supported-sql.md, put there by
-- test/bin/pages.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set ECHO none
CREATE SCHEMA supported_sql;
SET search_path = supported_sql, ivm_test, public;

CREATE TABLE countries (country text PRIMARY KEY, continent text);
CREATE TABLE customers (customer_id int PRIMARY KEY, name text, country text, referrer int);
CREATE TABLE orders (order_id int PRIMARY KEY, customer_id int, day date, status text, amount numeric(10,2));
CREATE TABLE items (order_id int, line int, product text, quantity int, price float8, tags int[],
	PRIMARY KEY (order_id, line)) PARTITION BY HASH (order_id);
CREATE TABLE items_0 PARTITION OF items FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE items_1 PARTITION OF items FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX ON customers (country);
CREATE INDEX ON customers (referrer);
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON orders (day);
CREATE INDEX ON items (product);
CREATE INDEX ON items (product, order_id);

CREATE PROCEDURE fill() LANGUAGE sql AS $$
	TRUNCATE countries, customers, orders, items;
	INSERT INTO countries VALUES ('DE', 'Europe'), ('FR', 'Europe'), ('JP', 'Asia'), ('PE', NULL), ('TO', 'Oceania');
	INSERT INTO customers
		SELECT n, 'customer ' || n % 7, (ARRAY['DE', 'FR', 'JP', 'XX', NULL])[1 + n % 5], nullif(n / 3, 0)
		FROM generate_series(1, 12) n;
	INSERT INTO orders
		SELECT n, nullif(1 + n * n % 11, 3), date '2026-01-01' + n % 6,
			   (ARRAY['open', 'paid', 'sent'])[1 + n % 3], nullif((n * 37) % 50, 12) * 1.25
		FROM generate_series(1, 30) n;
	INSERT INTO items
		SELECT o, l, 'product ' || (o + l) % 5, 1 + (o * l) % 4, ((o * 7 + l) % 10) / 4.0,
			   (ARRAY['{}', '{1,2}', '{2,3,3}', NULL])[1 + (o + l) % 4]::int[]
		FROM generate_series(1, 24) o, generate_series(1, 2) l;
$$;

-- What the examples read besides tables.
CREATE VIEW european AS SELECT customer_id, name FROM customers NATURAL JOIN countries WHERE continent = 'Europe';
SELECT ivm.create_view('revenue', 'SELECT customer_id, sum(amount) AS revenue, count(*) AS orders FROM orders GROUP BY customer_id');
SELECT ivm.create_view('ranking', 'SELECT c.country, sum(r.revenue) AS revenue FROM revenue r JOIN customers c USING (customer_id) GROUP BY c.country');
CREATE MATERIALIZED VIEW frozen AS SELECT order_id FROM orders;
CREATE TEMP TABLE scratch (order_id int);
CREATE FOREIGN DATA WRAPPER regress_ivm_supported;
CREATE SERVER regress_ivm_supported FOREIGN DATA WRAPPER regress_ivm_supported;
CREATE FOREIGN TABLE remote (order_id int) SERVER regress_ivm_supported;
CREATE TABLE parent (order_id int);
CREATE TABLE child () INHERITS (parent);
CREATE AGGREGATE total_product(float8) (SFUNC = float8mul, STYPE = float8, INITCOND = 1);
CREATE FUNCTION lookup(int) RETURNS text STABLE LANGUAGE sql AS 'SELECT name FROM supported_sql.customers WHERE customer_id = $1';

-- ---------------------------------------------------------------------------
-- The changes: each array a transaction
-- ---------------------------------------------------------------------------
CREATE TABLE change (n int PRIMARY KEY, changed text[], statements text[]);
INSERT INTO change VALUES
(1, '{countries}', ARRAY[$$INSERT INTO countries VALUES ('XX', 'Europe'), ('IT', 'Europe')$$]),
(2, '{customers}', ARRAY[$$INSERT INTO customers VALUES (13, 'customer 1', 'IT', 2), (14, NULL, NULL, 13), (15, 'customer 9', 'JP', NULL)$$]),
(3, '{orders}', ARRAY[$$INSERT INTO orders VALUES (31, 13, '2026-01-02', 'open', 40), (32, NULL, '2026-01-09', 'paid', NULL), (33, 5, NULL, NULL, 61), (34, 3, '2026-01-03', 'sent', 0.5)$$]),
(4, '{items}', ARRAY[$$INSERT INTO items VALUES (31, 1, 'product 1', 3, 0.125, '{3}'), (33, 1, 'product 9', 1, 1e10, '{}'), (33, 2, NULL, NULL, NULL, NULL), (40, 1, 'product 2', 2, 5, '{1}')$$]),
(5, '{countries}', ARRAY[$$UPDATE countries SET continent = CASE country WHEN 'FR' THEN NULL WHEN 'PE' THEN 'America' ELSE continent END$$]),
(6, '{customers}', ARRAY[$$UPDATE customers SET country = 'DE', referrer = 5 WHERE customer_id IN (3, 4, 13)$$,
	$$UPDATE customers SET name = 'customer 0' WHERE customer_id = 6$$]),
(7, '{orders}', ARRAY[$$UPDATE orders SET customer_id = 13, amount = amount * 2 WHERE order_id IN (1, 2, 17)$$,
	$$UPDATE orders SET status = 'sent', day = '2026-01-01' WHERE status = 'paid' AND order_id < 12$$]),
(8, '{items}', ARRAY[$$UPDATE items SET quantity = quantity + 1, order_id = order_id + 100 WHERE order_id IN (5, 6)$$,
	$$UPDATE items SET product = 'product 3', price = 9, tags = '{9,1}' WHERE line = 2 AND order_id < 4$$]),
(9, '{items}', ARRAY[$$DELETE FROM items WHERE order_id BETWEEN 7 AND 12 OR price > 1000$$]),
(10, '{orders}', ARRAY[$$DELETE FROM orders WHERE customer_id IN (5, 13) OR order_id = 22$$]),
(11, '{customers}', ARRAY[$$DELETE FROM customers WHERE customer_id IN (1, 6, 14)$$]),
(12, '{countries}', ARRAY[$$DELETE FROM countries WHERE country IN ('JP', 'XX')$$]),
(13, '{customers,orders}', ARRAY[$$INSERT INTO customers VALUES (20, 'customer 5', 'FR', 2)$$,
	$$INSERT INTO orders VALUES (50, 20, '2026-01-04', 'open', 12.5), (51, 2, '2026-01-04', 'paid', 70)$$,
	'SAVEPOINT', $$DELETE FROM customers WHERE customer_id IN (2, 20)$$,
	$$UPDATE orders SET customer_id = 20, amount = NULL$$, 'CHECK', 'ROLLBACK', 'CHECK',
	$$UPDATE customers SET country = 'JP' WHERE customer_id = 20$$,
	$$UPDATE orders SET amount = 13 WHERE order_id = 50$$, 'CHECK']),
(14, '{countries,customers,orders,items}', ARRAY[$$DELETE FROM items WHERE order_id < 40$$,
	$$DELETE FROM orders WHERE order_id < 40$$, 'CHECK', $$UPDATE customers SET country = 'DE'$$,
	$$INSERT INTO countries VALUES ('JP', 'Asia')$$]),
(15, '{customers,orders,items}', ARRAY['DELETE FROM items', 'DELETE FROM orders', 'DELETE FROM customers']),
(16, '{orders}', ARRAY[$$INSERT INTO orders VALUES (60, 1, '2026-01-01', 'open', 5), (61, 2, '2026-01-01', 'open', 5)$$]);

-- ---------------------------------------------------------------------------
-- The constructs
-- ---------------------------------------------------------------------------
CREATE TABLE construct (
	n		int		GENERATED ALWAYS AS IDENTITY,
	area	text,
	name	text,
	query	text,
	compare	text	DEFAULT 'both'
);

INSERT INTO construct (area, name, query) SELECT 'One table', * FROM (VALUES
('`WHERE`, expressions', $$SELECT order_id, amount * 1.19 AS gross, coalesce(status, 'none') AS status FROM orders WHERE amount > 10$$),
('a condition on the current time', $$SELECT customer_id, count(*) AS n FROM orders WHERE day BETWEEN current_date - 100000 AND current_date + 100000 GROUP BY customer_id$$),
('the same, with buckets', $$SELECT status, count(*) AS n, sum(amount) AS s FROM orders WHERE day::timestamptz + interval '1 hour' > now() - interval '200 years' GROUP BY status$$),
('partitioned table', $$SELECT product, count(*) AS n, avg(quantity) AS q FROM items GROUP BY product$$),
('duplicate rows', $$SELECT status, day FROM orders$$),
('`GROUP BY`', $$SELECT status, count(*) AS n, sum(amount) AS s FROM orders GROUP BY status$$),
('`GROUP BY` expressions', $$SELECT date_trunc('week', day::timestamp) AS week, amount > 20 AS large, count(*) AS n FROM orders GROUP BY 1, 2$$),
('aggregates without `GROUP BY`', $$SELECT count(*) AS n, sum(amount) AS s FROM orders$$),
('`HAVING`', $$SELECT customer_id, count(*) AS n FROM orders GROUP BY customer_id HAVING count(*) > 2$$),
('`DISTINCT`', $$SELECT DISTINCT customer_id, status FROM orders$$),
('`DISTINCT` of aggregates', $$SELECT DISTINCT count(*) AS n FROM orders GROUP BY customer_id$$),
('`DISTINCT ON`', $$SELECT DISTINCT ON (customer_id) customer_id, order_id, amount FROM orders ORDER BY customer_id, amount DESC, order_id$$),
('`ORDER BY`, `LIMIT`, `OFFSET`', $$SELECT customer_id, sum(amount) AS s FROM orders GROUP BY customer_id ORDER BY s DESC NULLS LAST, customer_id LIMIT 3 OFFSET 1$$),
('`FETCH FIRST … WITH TIES`', $$SELECT customer_id, count(*) AS n FROM orders GROUP BY customer_id ORDER BY n DESC FETCH FIRST 2 ROWS WITH TIES$$)) q;

INSERT INTO construct (area, name, query) SELECT 'Joins', * FROM (VALUES
('inner join', $$SELECT o.order_id, c.name FROM orders o JOIN customers c ON c.customer_id = o.customer_id$$),
('join with aggregates', $$SELECT c.country, o.day, count(*) AS n, sum(o.amount) AS s FROM orders o JOIN customers c ON c.customer_id = o.customer_id GROUP BY c.country, o.day$$),
('four tables', $$SELECT k.continent, i.product, sum(i.quantity) AS q FROM items i JOIN orders o ON o.order_id = i.order_id JOIN customers c ON c.customer_id = o.customer_id JOIN countries k ON k.country = c.country GROUP BY 1, 2$$),
('eight tables', $$SELECT k.continent, rk.continent AS of_referrer, count(*) AS n FROM items i JOIN orders o USING (order_id) JOIN customers c USING (customer_id) JOIN countries k USING (country) JOIN customers r ON r.customer_id = c.referrer JOIN countries rk ON rk.country = r.country JOIN orders ro ON ro.customer_id = r.customer_id JOIN items ri ON ri.order_id = ro.order_id WHERE ri.line = 1 GROUP BY 1, 2$$),
('`FROM` list with `WHERE`', $$SELECT o.order_id, i.line FROM orders o, items i WHERE i.order_id = o.order_id AND i.quantity > 1$$),
('self join', $$SELECT a.name, b.name AS referred_by FROM customers a JOIN customers b ON b.customer_id = a.referrer$$),
('self join with aggregates', $$SELECT b.country, count(*) AS n FROM customers a JOIN customers b ON b.customer_id = a.referrer GROUP BY b.country$$),
('non-equi join', $$SELECT a.order_id, count(*) AS dearer FROM orders a JOIN orders b ON b.amount > a.amount GROUP BY a.order_id$$),
('range join', $$SELECT o.order_id, i.product FROM orders o JOIN items i ON o.amount BETWEEN i.price AND i.price + 5$$),
('`CROSS JOIN`', $$SELECT k.country, c.name FROM countries k CROSS JOIN customers c$$),
('`NATURAL JOIN`', $$SELECT order_id, line, amount, price FROM orders NATURAL JOIN items$$),
('`USING`', $$SELECT customer_id, name, amount FROM orders JOIN customers USING (customer_id)$$),
('`DISTINCT` over a join', $$SELECT DISTINCT c.country, i.product FROM customers c JOIN orders o USING (customer_id) JOIN items i USING (order_id)$$),
('`LATERAL`, a projection', $$SELECT o.order_id, l.gross FROM orders o, LATERAL (SELECT o.amount * 1.19 AS gross) l$$),
('`LATERAL` with aggregates', $$SELECT c.name, l.n, l.s FROM customers c, LATERAL (SELECT count(*) AS n, sum(amount) AS s FROM orders o WHERE o.customer_id = c.customer_id) l$$),
('`LATERAL` with `LIMIT`: the top of each', $$SELECT c.customer_id, l.order_id, l.amount FROM customers c CROSS JOIN LATERAL (SELECT order_id, amount FROM orders o WHERE o.customer_id = c.customer_id ORDER BY amount DESC NULLS LAST, order_id LIMIT 2) l$$)) q;

INSERT INTO construct (area, name, query) SELECT 'Outer joins', * FROM (VALUES
('`LEFT JOIN`', $$SELECT c.customer_id, o.order_id FROM customers c LEFT JOIN orders o ON o.customer_id = c.customer_id$$),
('`LEFT JOIN` with aggregates', $$SELECT c.customer_id, count(o.order_id) AS n, sum(o.amount) AS s FROM customers c LEFT JOIN orders o ON o.customer_id = c.customer_id GROUP BY c.customer_id$$),
('`LEFT JOIN`, grouped by another column', $$SELECT c.country, count(*) AS n, count(o.order_id) AS orders, max(o.amount) AS m FROM customers c LEFT JOIN orders o ON o.customer_id = c.customer_id GROUP BY c.country$$),
('`LEFT JOIN` with conditions in `ON`', $$SELECT c.customer_id, o.order_id FROM customers c LEFT JOIN orders o ON o.customer_id = c.customer_id AND o.status = 'open' AND c.country = 'DE'$$),
('`RIGHT JOIN`', $$SELECT o.order_id, c.name FROM orders o RIGHT JOIN customers c USING (customer_id)$$),
('`FULL JOIN`', $$SELECT c.name, k.continent FROM customers c FULL JOIN countries k ON k.country = c.country$$),
('`FULL JOIN USING`: the merged column', $$SELECT country, c.customer_id, k.continent FROM customers c FULL JOIN countries k USING (country)$$),
('`FULL JOIN` with aggregates', $$SELECT country, count(c.customer_id) AS n, max(k.continent) AS m FROM customers c FULL JOIN countries k USING (country) GROUP BY country$$),
('chain of outer joins', $$SELECT c.customer_id, o.order_id, i.line FROM customers c LEFT JOIN orders o USING (customer_id) LEFT JOIN items i USING (order_id)$$),
('chain with aggregates', $$SELECT c.country, count(DISTINCT o.order_id) AS orders, sum(i.quantity) AS q FROM customers c LEFT JOIN orders o USING (customer_id) LEFT JOIN items i USING (order_id) GROUP BY c.country$$),
('nested: `LEFT JOIN` of a join', $$SELECT c.customer_id, o.order_id, i.product FROM customers c LEFT JOIN (orders o JOIN items i USING (order_id)) ON o.customer_id = c.customer_id$$),
('`LEFT JOIN` on a function of a column', $$SELECT c.customer_id, x.order_id FROM customers c LEFT JOIN orders x ON extract(day FROM x.day) = c.customer_id$$),
('outer join of itself', $$SELECT a.customer_id, b.name AS referred_by FROM customers a LEFT JOIN customers b ON b.customer_id = a.referrer$$),
('non-equi outer join', $$SELECT k.country, c.customer_id FROM countries k LEFT JOIN customers c ON c.country > k.country$$),
('`IS NULL`: rows without a partner', $$SELECT c.customer_id FROM customers c LEFT JOIN orders o USING (customer_id) WHERE o.order_id IS NULL$$),
('`COALESCE` of the nullable side', $$SELECT c.name, coalesce(o.status, 'no order') AS status, count(*) AS n FROM customers c LEFT JOIN orders o USING (customer_id) GROUP BY 1, 2$$),
('`CASE` over the nullable side', $$SELECT c.country, sum(CASE WHEN o.order_id IS NULL THEN 1 ELSE 0 END) AS idle FROM customers c LEFT JOIN orders o USING (customer_id) GROUP BY c.country$$),
('`LEFT JOIN LATERAL`', $$SELECT c.customer_id, l.last FROM customers c LEFT JOIN LATERAL (SELECT max(o.day) AS last FROM orders o WHERE o.customer_id = c.customer_id) l ON true$$)) q;

INSERT INTO construct (area, name, query) SELECT 'Subqueries in `FROM`, and `WITH`', * FROM (VALUES
('subquery', $$SELECT s.status, count(*) AS n FROM (SELECT * FROM orders WHERE amount > 10) s GROUP BY s.status$$),
('with `GROUP BY`', $$SELECT s.n, count(*) AS customers FROM (SELECT customer_id, count(*) AS n FROM orders GROUP BY customer_id) s GROUP BY s.n$$),
('with `GROUP BY`, joined', $$SELECT c.name, s.total FROM customers c JOIN (SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id) s USING (customer_id)$$),
('with `GROUP BY`, outer joined', $$SELECT c.name, s.total FROM customers c LEFT JOIN (SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id HAVING sum(amount) > 20) s USING (customer_id)$$),
('with `DISTINCT`', $$SELECT c.country, count(*) AS n FROM (SELECT DISTINCT customer_id, status FROM orders) s JOIN customers c USING (customer_id) GROUP BY c.country$$),
('with aggregates over all rows', $$SELECT o.order_id, o.amount / s.total AS share FROM orders o, (SELECT sum(amount) AS total FROM orders) s$$),
('with a window function', $$SELECT c.name, s.order_id FROM customers c JOIN (SELECT order_id, customer_id, row_number() OVER (PARTITION BY customer_id ORDER BY day, order_id) AS r FROM orders) s USING (customer_id) WHERE s.r = 1$$),
('with `DISTINCT ON`', $$SELECT c.name, s.order_id FROM customers c JOIN (SELECT DISTINCT ON (customer_id) customer_id, order_id FROM orders ORDER BY customer_id, day DESC, order_id) s USING (customer_id)$$),
('with `LIMIT`', $$SELECT c.name, s.order_id FROM customers c JOIN (SELECT order_id, customer_id FROM orders ORDER BY amount DESC NULLS LAST, order_id LIMIT 5) s USING (customer_id)$$),
('with `LIMIT`, alone', $$SELECT status, count(*) AS n FROM (SELECT status FROM orders ORDER BY amount DESC NULLS LAST, order_id LIMIT 5) s GROUP BY status$$),
('with a set operation', $$SELECT s.country, count(*) AS n FROM (SELECT country FROM customers UNION ALL SELECT country FROM countries) s GROUP BY s.country$$),
('`WITH`, referenced once', $$WITH large AS (SELECT * FROM orders WHERE amount > 20) SELECT c.name, l.amount FROM large l JOIN customers c USING (customer_id)$$),
('`WITH`, referenced twice', $$WITH s AS (SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id) SELECT a.customer_id, b.customer_id AS other FROM s a JOIN s b ON b.total = a.total AND b.customer_id > a.customer_id$$),
('`WITH … AS MATERIALIZED`', $$WITH s AS MATERIALIZED (SELECT customer_id, max(amount) AS m FROM orders GROUP BY customer_id) SELECT c.name, s.m FROM s JOIN customers c USING (customer_id)$$),
('`WITH` queries over each other', $$WITH a AS (SELECT customer_id, count(*) AS n FROM orders GROUP BY customer_id), b AS (SELECT country, sum(n) AS n FROM a JOIN customers USING (customer_id) GROUP BY country) SELECT continent, sum(n) AS n FROM b JOIN countries USING (country) GROUP BY continent$$)) q;

INSERT INTO construct (area, name, query) SELECT 'Subqueries in expressions', * FROM (VALUES
('`EXISTS`', $$SELECT customer_id, name FROM customers c WHERE EXISTS (SELECT FROM orders o WHERE o.customer_id = c.customer_id AND o.status = 'open')$$),
('`NOT EXISTS`', $$SELECT customer_id FROM customers c WHERE NOT EXISTS (SELECT FROM orders o WHERE o.customer_id = c.customer_id)$$),
('`EXISTS` with aggregates', $$SELECT c.country, count(*) AS n FROM customers c WHERE EXISTS (SELECT FROM orders o WHERE o.customer_id = c.customer_id) GROUP BY c.country$$),
('`EXISTS` in `EXISTS`', $$SELECT customer_id FROM customers c WHERE EXISTS (SELECT FROM orders o WHERE o.customer_id = c.customer_id AND NOT EXISTS (SELECT FROM items i WHERE i.order_id = o.order_id))$$),
('`EXISTS`, uncorrelated', $$SELECT customer_id FROM customers WHERE EXISTS (SELECT FROM orders WHERE amount > 60)$$),
('`IN`', $$SELECT customer_id, name FROM customers WHERE customer_id IN (SELECT customer_id FROM orders WHERE amount > 20)$$),
('`IN` with `GROUP BY`', $$SELECT order_id, day FROM orders WHERE order_id IN (SELECT order_id FROM items GROUP BY order_id HAVING sum(quantity) > 4)$$),
('`EXISTS` over a join', $$SELECT c.customer_id FROM customers c WHERE EXISTS (SELECT FROM orders o JOIN items i USING (order_id) WHERE o.customer_id = c.customer_id AND i.quantity > 2)$$),
('`IN` of rows', $$SELECT order_id, line FROM items WHERE (order_id, product) IN (SELECT order_id, 'product ' || customer_id % 5 FROM orders)$$),
('`NOT IN`', $$SELECT customer_id FROM customers WHERE customer_id NOT IN (SELECT customer_id FROM orders)$$),
('`NOT IN`, `NULL` excluded', $$SELECT customer_id FROM customers WHERE customer_id NOT IN (SELECT customer_id FROM orders WHERE customer_id IS NOT NULL)$$),
('`= ANY`', $$SELECT order_id FROM orders WHERE customer_id = ANY (SELECT customer_id FROM customers WHERE country = 'DE')$$),
('`= ANY` of an array column', $$SELECT i.order_id, i.line, n.order_id AS other FROM items i JOIN orders n ON n.customer_id = ANY (i.tags)$$),
('`NOT IN`, of a key, grouped', $$SELECT country, count(*) AS n FROM customers WHERE customer_id NOT IN (SELECT referrer FROM customers WHERE country = 'DE') GROUP BY country$$),
('`> ANY`', $$SELECT order_id FROM orders WHERE amount > ANY (SELECT price FROM items)$$),
('`> ALL`', $$SELECT order_id FROM orders WHERE amount > ALL (SELECT price FROM items WHERE price < 100)$$),
('`> ALL`, correlated', $$SELECT o.order_id FROM orders o WHERE o.amount > ALL (SELECT i.price FROM items i WHERE i.order_id = o.order_id)$$),
('`IN`, with `OR`', $$SELECT customer_id FROM customers WHERE country = 'FR' OR customer_id IN (SELECT customer_id FROM orders WHERE status = 'open')$$),
('`EXISTS`, with `OR` and `NOT`', $$SELECT customer_id FROM customers c WHERE NOT (EXISTS (SELECT FROM orders o WHERE o.customer_id = c.customer_id) AND EXISTS (SELECT FROM countries k WHERE k.country = c.country))$$),
('`EXISTS` in the select list', $$SELECT customer_id, EXISTS (SELECT FROM orders o WHERE o.customer_id = c.customer_id) AS ordered FROM customers c$$),
('scalar, correlated, in the select list', $$SELECT customer_id, (SELECT sum(amount) FROM orders o WHERE o.customer_id = c.customer_id) AS total FROM customers c$$),
('scalar, uncorrelated, in the select list', $$SELECT order_id, amount - (SELECT avg(amount) FROM orders) AS above FROM orders$$),
('scalar, look-up, in the select list', $$SELECT order_id, (SELECT name FROM customers c WHERE c.customer_id = o.customer_id) AS name FROM orders o$$),
('scalar, correlated, in `WHERE`', $$SELECT order_id FROM orders o WHERE amount > (SELECT avg(amount) FROM orders p WHERE p.customer_id = o.customer_id)$$),
('scalar, uncorrelated, in `WHERE`', $$SELECT order_id FROM orders WHERE amount = (SELECT max(amount) FROM orders)$$),
('scalar of another table, in `WHERE`', $$SELECT order_id FROM orders WHERE amount > (SELECT min(price) FROM items)$$),
('scalar, in `WHERE` below `GROUP BY`', $$SELECT customer_id, count(*) AS n FROM orders WHERE amount > (SELECT avg(amount) FROM orders) GROUP BY customer_id$$),
('scalars alone', $$SELECT (SELECT count(*) FROM customers) AS customers, (SELECT sum(amount) FROM orders) AS revenue$$),
('scalar, in `HAVING`', $$SELECT customer_id, sum(amount) AS s FROM orders GROUP BY customer_id HAVING sum(amount) > (SELECT sum(price) FROM items WHERE price < 100)$$),
('scalar, in `HAVING`, correlated', $$SELECT o.customer_id, count(*) AS n FROM orders o GROUP BY o.customer_id HAVING count(*) > (SELECT count(*) FROM customers c WHERE c.referrer = o.customer_id)$$),
('scalar, in an aggregate', $$SELECT c.country, sum((SELECT count(*) FROM orders o WHERE o.customer_id = c.customer_id)) AS n FROM customers c GROUP BY c.country$$),
('`ARRAY (SELECT …)`', $$SELECT c.customer_id, ARRAY (SELECT o.order_id FROM orders o WHERE o.customer_id = c.customer_id ORDER BY 1) AS orders FROM customers c$$)) q;

INSERT INTO construct (area, name, query) SELECT 'Set operations', * FROM (VALUES
('`UNION ALL`', $$SELECT customer_id, 'customer' AS what FROM customers UNION ALL SELECT customer_id, status FROM orders$$),
('`UNION`', $$SELECT customer_id FROM customers UNION SELECT customer_id FROM orders$$),
('`INTERSECT`', $$SELECT customer_id FROM customers INTERSECT SELECT customer_id FROM orders$$),
('`INTERSECT ALL`', $$SELECT customer_id FROM orders WHERE status = 'open' INTERSECT ALL SELECT customer_id FROM orders WHERE amount > 10$$),
('`EXCEPT`', $$SELECT customer_id FROM customers EXCEPT SELECT customer_id FROM orders$$),
('`EXCEPT ALL`', $$SELECT customer_id FROM orders EXCEPT ALL SELECT customer_id FROM customers$$),
('nested', $$(SELECT customer_id FROM customers UNION SELECT customer_id FROM orders) EXCEPT (SELECT referrer FROM customers INTERSECT SELECT customer_id FROM orders)$$),
('of aggregates', $$SELECT status AS what, count(*) AS n FROM orders GROUP BY status UNION ALL SELECT country, count(*) FROM customers GROUP BY country$$),
('of joins', $$SELECT c.name FROM customers c JOIN orders o USING (customer_id) UNION SELECT c.name FROM customers c JOIN countries k USING (country)$$),
('with `ORDER BY` and `LIMIT`', $$SELECT customer_id FROM customers UNION SELECT customer_id FROM orders ORDER BY 1 LIMIT 4$$)) q;

INSERT INTO construct (area, name, query, compare) SELECT 'Aggregates', * FROM (VALUES
('`count`', $$SELECT status, count(*) AS n, count(amount) AS amounts FROM orders GROUP BY status$$, 'both'),
('`sum`, `avg`', $$SELECT status, sum(amount) AS s, avg(amount) AS a FROM orders GROUP BY status$$, 'both'),
('`sum`, `avg` of floats', $$SELECT product, sum(price) AS s, avg(price) AS a FROM items GROUP BY product$$, 'both'),
('`min`, `max`', $$SELECT customer_id, min(amount) AS lo, max(day) AS hi FROM orders GROUP BY customer_id$$, 'both'),
('`bool_and`, `bool_or`, `every`', $$SELECT customer_id, bool_and(amount > 10) AS a, bool_or(amount > 50) AS o, every(status <> 'sent') AS e FROM orders GROUP BY customer_id$$, 'both'),
('`bit_and`, `bit_or`, `bit_xor`', $$SELECT product, bit_and(quantity) AS a, bit_or(quantity) AS o, bit_xor(quantity) AS x FROM items GROUP BY product$$, 'both'),
('`variance`, `stddev`, …', $$SELECT status, var_pop(amount) AS v, stddev_samp(amount) AS d FROM orders GROUP BY status$$, 'both'),
('`covar_*`, `corr`, `regr_*`', $$SELECT line, regr_count(price, quantity) AS n, round(covar_pop(price, quantity)::numeric, 6) AS c, round(corr(price, quantity)::numeric, 6) AS r, round(regr_slope(price, quantity)::numeric, 6) AS s FROM items WHERE price < 100 GROUP BY line$$, 'both'),
('`FILTER`', $$SELECT customer_id, count(*) FILTER (WHERE status = 'open') AS open, sum(amount) FILTER (WHERE status = 'paid') AS paid FROM orders GROUP BY customer_id$$, 'both'),
('`count(DISTINCT)`', $$SELECT customer_id, count(DISTINCT status) AS n FROM orders GROUP BY customer_id$$, 'both'),
('`count(DISTINCT)`, with an index on key and value', $$SELECT product, count(DISTINCT order_id) AS n, sum(DISTINCT order_id) AS s FROM items GROUP BY product$$, 'both'),
('`sum(DISTINCT)`, `avg(DISTINCT)`', $$SELECT status, sum(DISTINCT amount) AS s, avg(DISTINCT amount) AS a FROM orders GROUP BY status$$, 'both'),
('`string_agg`', $$SELECT customer_id, string_agg(status, ',' ORDER BY order_id) AS list FROM orders GROUP BY customer_id$$, 'both'),
('`array_agg`', $$SELECT customer_id, array_agg(order_id ORDER BY amount DESC, order_id) AS list FROM orders GROUP BY customer_id$$, 'both'),
('`json_agg`', $$SELECT customer_id, json_agg(status ORDER BY order_id) AS list FROM orders GROUP BY customer_id$$, 'text'),
('`jsonb_object_agg`', $$SELECT customer_id, jsonb_object_agg(order_id, amount) AS amounts FROM orders GROUP BY customer_id$$, 'both'),
('`range_agg`', $$SELECT customer_id, range_agg(daterange(day, day, '[]')) AS days FROM orders GROUP BY customer_id$$, 'both'),
('ordered-set: `percentile_cont`, `percentile_disc`', $$SELECT status, percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) AS median, percentile_disc(ARRAY[0.1, 0.9]) WITHIN GROUP (ORDER BY amount) AS d FROM orders GROUP BY status$$, 'both'),
('ordered-set: `mode`', $$SELECT customer_id, mode() WITHIN GROUP (ORDER BY status) AS m FROM orders GROUP BY customer_id$$, 'both'),
('hypothetical-set: `rank`, `cume_dist`, …', $$SELECT status, rank(20) WITHIN GROUP (ORDER BY amount) AS r, cume_dist(20) WITHIN GROUP (ORDER BY amount) AS c FROM orders GROUP BY status$$, 'both'),
('user-defined', $$SELECT line, total_product(quantity ORDER BY order_id) AS p FROM items WHERE order_id < 9 GROUP BY line$$, 'both'),
('over a join, by value', $$SELECT c.country, max(o.amount) AS m, count(DISTINCT o.status) AS n, string_agg(o.status, ',' ORDER BY o.order_id) AS list FROM orders o JOIN customers c USING (customer_id) GROUP BY c.country$$, 'both'),
('without `GROUP BY`, by value', $$SELECT max(amount) AS m, count(DISTINCT customer_id) AS n FROM orders$$, 'both'),
('arithmetic with aggregates', $$SELECT status, round(sum(amount) / nullif(count(*), 0), 2) AS mean FROM orders GROUP BY status$$, 'both'),
('`GROUPING SETS`', $$SELECT status, customer_id, count(*) AS n FROM orders GROUP BY GROUPING SETS ((status), (customer_id), ())$$, 'both'),
('`ROLLUP`, `GROUPING`', $$SELECT status, day, sum(amount) AS s, grouping(status, day) AS g FROM orders GROUP BY ROLLUP (status, day)$$, 'both'),
('`CUBE` over a join', $$SELECT c.country, o.status, count(*) AS n FROM orders o JOIN customers c USING (customer_id) GROUP BY CUBE (c.country, o.status)$$, 'both'),
('`GROUPING SETS`, by value', $$SELECT status, customer_id, max(amount) AS m, count(DISTINCT day) AS n FROM orders GROUP BY GROUPING SETS ((status), (customer_id))$$, 'both')) q;

INSERT INTO construct (area, name, query) SELECT 'Window functions', * FROM (VALUES
('with `PARTITION BY`', $$SELECT order_id, customer_id, row_number() OVER (PARTITION BY customer_id ORDER BY day, order_id) AS r, sum(amount) OVER (PARTITION BY customer_id) AS s FROM orders$$),
('without `PARTITION BY`', $$SELECT order_id, rank() OVER (ORDER BY amount) AS r FROM orders$$),
('frames: `ROWS`, `RANGE`, `GROUPS`', $$SELECT order_id, sum(amount) OVER (PARTITION BY status ORDER BY order_id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS a, count(*) OVER (ORDER BY day RANGE BETWEEN '1 day' PRECEDING AND CURRENT ROW) AS b, count(*) OVER (ORDER BY day GROUPS 1 PRECEDING) AS c FROM orders$$),
('frame exclusion', $$SELECT order_id, sum(amount) OVER (PARTITION BY customer_id ORDER BY order_id ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW) AS before FROM orders$$),
('`lag`, `lead`, `first_value`, `nth_value`, `ntile`', $$SELECT order_id, amount - lag(amount) OVER w AS more, lead(day) OVER w AS next, first_value(order_id) OVER w AS f, nth_value(order_id, 2) OVER w AS s, ntile(3) OVER w AS t FROM orders WINDOW w AS (PARTITION BY status ORDER BY order_id)$$),
('over aggregates', $$SELECT customer_id, sum(amount) AS s, rank() OVER (ORDER BY sum(amount) DESC NULLS LAST) AS r FROM orders GROUP BY customer_id$$),
('over a join', $$SELECT c.country, o.order_id, rank() OVER (PARTITION BY c.country ORDER BY o.amount) AS r FROM orders o JOIN customers c USING (customer_id)$$),
('running total of a join', $$SELECT o.day, sum(i.quantity) AS q, sum(sum(i.quantity)) OVER (ORDER BY o.day) AS running FROM orders o JOIN items i USING (order_id) GROUP BY o.day$$),
('rank limited outside: the top of each', $$SELECT * FROM (SELECT customer_id, order_id, amount, row_number() OVER (PARTITION BY customer_id ORDER BY amount DESC NULLS LAST, order_id) AS r FROM orders) q WHERE r <= 2$$),
('rank without `PARTITION BY`, limited outside', $$SELECT * FROM (SELECT order_id, rank() OVER (ORDER BY amount DESC NULLS LAST) AS r FROM orders) q WHERE r <= 3$$)) q;

INSERT INTO construct (area, name, query) SELECT 'Rows as a whole', * FROM (VALUES
('rows', $$SELECT o FROM orders o$$),
('documents', $$SELECT customer_id, to_jsonb(c) AS document FROM customers c$$),
('documents of a join', $$SELECT jsonb_build_object('customer', c, 'order', o) AS document FROM customers c JOIN orders o USING (customer_id)$$),
('of an outer join: `NULL` where there is none', $$SELECT o.order_id, to_jsonb(c) AS customer FROM orders o LEFT JOIN customers c USING (customer_id)$$),
('aggregated', $$SELECT customer_id, jsonb_agg(o ORDER BY order_id) AS orders FROM orders o GROUP BY customer_id$$),
('aggregated, below a document', $$SELECT c.customer_id, to_jsonb(c) || jsonb_build_object('orders', jsonb_agg(o ORDER BY o.order_id) FILTER (WHERE o.order_id IS NOT NULL)) AS document FROM customers c LEFT JOIN orders o USING (customer_id) GROUP BY c.customer_id$$),
('aggregated, in a subquery', $$SELECT c.customer_id, (SELECT jsonb_agg(o ORDER BY o.order_id) FROM orders o WHERE o.customer_id = c.customer_id) AS orders FROM customers c$$),
('counted', $$SELECT c.country, count(o) AS n, count(DISTINCT o) AS d FROM customers c LEFT JOIN orders o USING (customer_id) GROUP BY c.country$$),
('of a subquery', $$SELECT to_jsonb(s) AS document FROM (SELECT order_id, amount FROM orders WHERE status = 'paid') s$$),
('in conditions', $$SELECT o.order_id FROM orders o LEFT JOIN customers c USING (customer_id) WHERE c IS NULL OR to_jsonb(c) ->> 'country' = 'DE'$$)) q;

INSERT INTO construct (area, name, query) SELECT 'Other sources of rows', * FROM (VALUES
('no table', $$SELECT n FROM generate_series(1, 3) n$$),
('`VALUES`, alone', $$VALUES (1, 'one'), (2, 'two')$$),
('`VALUES`, joined', $$SELECT o.order_id, v.rank FROM orders o JOIN (VALUES ('open', 1), ('paid', 2)) v (status, rank) USING (status)$$),
('`VALUES`, outer joined', $$SELECT v.status, count(o.order_id) AS n FROM (VALUES ('open'), ('lost')) v (status) LEFT JOIN orders o USING (status) GROUP BY v.status$$),
('set-returning function in `FROM`', $$SELECT i.order_id, t.tag FROM items i, unnest(i.tags) t (tag)$$),
('`WITH ORDINALITY`, `ROWS FROM`', $$SELECT i.order_id, t.n, t.tag FROM items i LEFT JOIN LATERAL ROWS FROM (unnest(i.tags)) WITH ORDINALITY t (tag, n) ON true$$),
('set-returning function in the select list', $$SELECT order_id, unnest(tags) AS tag FROM items$$),
('set-returning function, grouped', $$SELECT t.tag, count(*) AS n FROM items i, unnest(i.tags) t (tag) GROUP BY t.tag$$),
('`generate_series`, joined', $$SELECT i.order_id, n FROM items i, generate_series(1, i.quantity) n$$),
('`generate_series` as a calendar', $$SELECT d::date AS day, count(o.order_id) AS n FROM generate_series(timestamp '2026-01-01', timestamp '2026-01-08', '1 day') d LEFT JOIN orders o ON o.day = d::date GROUP BY 1$$),
('days without rows', $$SELECT d::date AS day FROM generate_series(timestamp '2026-01-01', timestamp '2026-01-08', '1 day') d WHERE NOT EXISTS (SELECT FROM orders o WHERE o.day = d)$$),
('plain view', $$SELECT e.name, count(*) AS n FROM european e JOIN orders o USING (customer_id) GROUP BY e.name$$),
('view of this extension', $$SELECT customer_id, revenue / orders AS mean FROM revenue WHERE orders > 1$$),
('view of this extension, joined', $$SELECT c.country, max(r.revenue) AS best FROM revenue r JOIN customers c USING (customer_id) GROUP BY c.country$$),
('chain of views', $$SELECT k.continent, sum(r.revenue) AS revenue FROM ranking r JOIN countries k USING (country) GROUP BY k.continent$$),
('diamond of views', $$SELECT c.customer_id, r.revenue, k.revenue AS of_country FROM customers c JOIN revenue r USING (customer_id) JOIN ranking k USING (country)$$)) q;

INSERT INTO construct (area, name, query) SELECT 'refused', * FROM (VALUES
('`WITH RECURSIVE`', $$WITH RECURSIVE up AS (SELECT customer_id, referrer FROM customers UNION SELECT u.customer_id, c.referrer FROM up u JOIN customers c ON c.customer_id = u.referrer) SELECT * FROM up$$),
('changes in `WITH`', $$WITH gone AS (DELETE FROM orders RETURNING order_id) SELECT order_id FROM gone$$),
('the current time, but in `WHERE`', $$SELECT customer_id, count(*) FILTER (WHERE day > current_date - 7) AS n FROM orders GROUP BY customer_id$$),
('volatile functions', $$SELECT order_id, random() AS r FROM orders$$),
('the session', $$SELECT order_id, current_user AS who FROM orders$$),
('functions that read tables', $$SELECT order_id, lookup(customer_id) AS name FROM orders$$),
('system columns', $$SELECT ctid, order_id FROM orders$$),
('`TABLESAMPLE`', $$SELECT order_id FROM orders TABLESAMPLE SYSTEM (10)$$),
('row locks', $$SELECT order_id FROM orders FOR UPDATE$$),
('materialized view', $$SELECT order_id FROM frozen$$),
('foreign table', $$SELECT order_id FROM remote$$),
('temporary table', $$SELECT order_id FROM scratch$$),
('system catalog', $$SELECT relname FROM pg_class$$),
('parent of inheritance', $$SELECT order_id FROM parent$$),
('no table, and the current time', $$SELECT now() AS n$$),
('two columns of one name', $$SELECT o.order_id, i.order_id FROM orders o JOIN items i USING (order_id)$$)) q;

-- ---------------------------------------------------------------------------
-- What explain_query() says, in a word: to be added to where it is not known
-- ---------------------------------------------------------------------------
CREATE TABLE word (cost text PRIMARY KEY, word text, n int);
INSERT INTO word VALUES
('constant per changed row', 'row', 1),
('constant per changed row; one row written per changed key and transaction', 'row', 1),
('constant per changed row; one row written per changed distinct row and transaction', 'row', 1),
('one row written per changed key and transaction', 'row', 1),
('constant per changed row to mark the key', 'row', 1),
('constant per changed row; one look-up per value and key changed', 'row', 1),
('the rows that each changed row joins', 'joined rows', 2),
('the rows that share a value with each changed row', 'region', 3),
('the rows of the other tables, for each changed row', 'other tables', 4),
('that of the definition, once per transaction', 'whole view', 5),
('none', 'row', 1),
('constant per row read', 'row', 1),
('the stored rows within the window', 'window', 2),
('the stored rows within the window, and the base rows of one bucket', 'window and edge', 2),
('a sort, or an index in that order', 'sort', 2),
('a sort, or the first rows of an index', 'sort', 2),
('all base rows of each key whose extreme was deleted and not folded yet', 'lost extremes', 3),
('all base rows of each key changed and not folded yet', 'changed keys', 4),
('all rows of the view, for each read', 'whole view', 5);

CREATE FUNCTION strategies(query text) RETURNS text LANGUAGE sql AS $$
	WITH e AS (
		SELECT part, construct, strategy, split_part(strategy, ':', 1) AS way, ordinality AS n
		FROM ivm.explain_query(query) WITH ORDINALITY),
	sources AS (
		SELECT way, array_agg(t ORDER BY n) AS tables, min(n) AS n
		FROM (SELECT way, regexp_replace(construct, '^FROM supported_sql\.', '') AS t, min(n) AS n
			  FROM e WHERE construct LIKE 'FROM %' GROUP BY 1, 2) q GROUP BY way),
	parts AS (
		SELECT CASE (SELECT count(*) FROM sources) WHEN 1 THEN way
			   ELSE format('%s (%s)', way, array_to_string(tables, ', ')) END AS t, n FROM sources
		UNION ALL
		SELECT way || ' (together)', 50 FROM e WHERE construct = 'changes of several tables'
		UNION ALL
		SELECT way, 100 + min(n) FROM e
		WHERE part LIKE '%core' AND construct NOT LIKE 'FROM %' AND construct NOT LIKE 'changes %' AND way NOT IN ('linear', 'key', 'filter', 'one row') GROUP BY way
		UNION ALL
		SELECT 'part', 500 FROM e WHERE part ~ '^part \d+$' HAVING count(*) > 0
		UNION ALL
		SELECT 'finishing', 1000 FROM e WHERE part LIKE '%finishing' HAVING count(*) > 0)
	SELECT string_agg(t, '; ' ORDER BY n) FROM parts $$;

CREATE FUNCTION costs(query text, OUT write text, OUT read text) LANGUAGE sql AS $$
	WITH e AS (SELECT * FROM ivm.explain_query(query) WHERE construct <> 'changes of several tables')
	SELECT (SELECT coalesce(word, 'UNKNOWN: ' || e.write_cost) FROM e LEFT JOIN word ON cost = e.write_cost ORDER BY n DESC NULLS FIRST LIMIT 1),
		   (SELECT coalesce(word, 'UNKNOWN: ' || e.read_cost) FROM e LEFT JOIN word ON cost = e.read_cost ORDER BY n DESC NULLS FIRST LIMIT 1) $$;

-- ---------------------------------------------------------------------------
-- The check
-- ---------------------------------------------------------------------------
CREATE TABLE result (n int PRIMARY KEY, checked text, hint text);

-- Statements of one transaction, compared where they say so.
CREATE FUNCTION make_changes(statements text[], query text, compare text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	s		text;
	i		int := 0;
	inner_statements text[];
	result	text;
BEGIN
	WHILE i < cardinality(statements) LOOP
		i := i + 1;
		s := statements[i];
		IF s = 'SAVEPOINT' THEN
			inner_statements := statements[i + 1:];
			inner_statements := inner_statements[:array_position(inner_statements, 'ROLLBACK') - 1];
			i := i + cardinality(inner_statements) + 1;
			BEGIN
				result := make_changes(inner_statements, query, compare);
				RAISE SQLSTATE 'IV001';
			EXCEPTION WHEN SQLSTATE 'IV001' THEN
				NULL;
			END;
		ELSIF s = 'CHECK' THEN
			result := oracle('v', query, compare);
		ELSE
			EXECUTE s;
		END IF;
		IF result NOT LIKE 'exact%' THEN
			RETURN result;
		END IF;
	END LOOP;
	RETURN NULL;
END $$;

CREATE PROCEDURE check_construct(c construct) LANGUAGE plpgsql AS $$
DECLARE
	ch			change;
	recomputed	text[];
	promised	text[];
	together	bool;
	counted		bigint;
	before		bigint := 0;
	result		text;
BEGIN
	CALL fill();
	COMMIT;
	PERFORM ivm.create_view('v', c.query);
	COMMIT;
	SELECT coalesce(array_agg(substr(construct, length('FROM supported_sql.') + 1)) FILTER (WHERE construct LIKE 'FROM %'), '{}'),
		   count(*) FILTER (WHERE construct = 'changes of several tables') > 0
	INTO promised, together
	FROM ivm.explain_query(c.query) WHERE strategy LIKE 'recompute%';
	FOR ch IN SELECT * FROM change ORDER BY n LOOP
		result := make_changes(ch.statements, c.query, c.compare);
		IF result IS NOT NULL THEN
			result := format('WRONG in transaction %s: %s', ch.n, result);
			EXIT;
		END IF;
		COMMIT;
		result := oracle('v', c.query, c.compare);
		SELECT recomputations INTO counted FROM ivm.stat_views WHERE view = 'v'::regclass;
		IF result NOT LIKE 'exact%' THEN
			result := format('WRONG after transaction %s: %s', ch.n, result);
			EXIT;
		END IF;
		IF counted > before AND NOT (ch.changed && promised OR together AND cardinality(ch.changed) > 1) THEN
			result := format('WRONG: recomputed by transaction %s', ch.n);
			EXIT;
		END IF;
		IF counted > before THEN
			recomputed := recomputed || ch.changed;
		END IF;
		before := counted;
	END LOOP;
	IF result LIKE 'exact%' AND (NOT promised <@ coalesce(recomputed, '{}') OR together AND recomputed IS NULL) THEN
		result := 'WRONG: not recomputed';
	END IF;
	INSERT INTO result VALUES (c.n, regexp_replace(result, '^exact.*', 'exact'));
	PERFORM ivm.drop_view('v');
	COMMIT;
END $$;

CREATE PROCEDURE check_refused(c construct) LANGUAGE plpgsql AS $$
DECLARE
	message	text;
	hint	text;
BEGIN
	PERFORM ivm.create_view('v', c.query);
	PERFORM ivm.drop_view('v');
	INSERT INTO result VALUES (c.n, 'WRONG: not refused');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	IF NOT EXISTS (SELECT FROM ivm.explain_query(c.query) WHERE part = 'refused' AND construct = message AND strpos(note, hint) > 0) THEN
		message := 'WRONG, otherwise explained: ' || message;
	END IF;
	INSERT INTO result VALUES (c.n, message, hint);
END $$;

DO $$
DECLARE
	c	construct;
BEGIN
	FOR c IN SELECT * FROM construct ORDER BY n LOOP
		IF c.area = 'refused' THEN
			CALL check_refused(c);
		ELSE
			CALL check_construct(c);
		END IF;
	END LOOP;
END $$;

-- ---------------------------------------------------------------------------
-- The page
-- ---------------------------------------------------------------------------
CREATE FUNCTION cell(t text) RETURNS text LANGUAGE sql AS $$ SELECT replace(t, '|', '\|') $$;
CREATE FUNCTION code(t text) RETURNS text LANGUAGE sql AS $$ SELECT '`' || cell(t) || '`' $$;

\pset format unaligned
\pset tuples_only on
\echo <!-- begin -->
SELECT line FROM (
	SELECT n, 2 AS part, format('| %s | %s | %s | %s | %s | %s |', name, code(query), strategies(query), c.write, c.read, cell(checked)) AS line
	FROM construct JOIN result USING (n), costs(query) c WHERE area <> 'refused'
	UNION ALL
	SELECT min(n), 1, format(E'\n## %s\n\n| construct | example | strategy | write | read | checked |\n|---|---|---|---|---|---|', area)
	FROM construct WHERE area <> 'refused' GROUP BY area) p
ORDER BY n, part;
\echo
\echo '## Refused'
\echo
\echo '| construct | example | error | hint |'
\echo '|---|---|---|---|'
SELECT format('| %s | %s | %s | %s |', name, code(query), cell(checked), cell(hint))
FROM construct JOIN result USING (n) WHERE area = 'refused' ORDER BY n;
\echo <!-- end -->
\pset tuples_only off
\pset format aligned

DROP FOREIGN DATA WRAPPER regress_ivm_supported CASCADE;
SELECT ivm.drop_view('ranking'), ivm.drop_view('revenue');
DROP SCHEMA supported_sql CASCADE;
