-- joins.sql - tables and views of the benchmark's rows about several sources
-- and other cores that need more than sums; setup.sql comes first
--
-- In each arm the tables facts, customers and archive, and one view on them at
-- a time.  Tables are filled anew, and the view made on them, for each round.

CREATE TABLE bench.shape (
	view	name PRIMARY KEY,
	query	text,
	mode	text NOT NULL DEFAULT 'immediate'
);

INSERT INTO bench.shape (view, query) VALUES
	('by_country', 'SELECT date_trunc(''day'', f.created_at) AS day, c.country, sum(f.amount) AS total, count(*) AS n
		FROM facts f JOIN customers c ON c.id = f.customer_id GROUP BY 1, 2'),
	('bought', 'SELECT c.country, count(f.id) AS n, sum(f.amount) AS total
		FROM customers c LEFT JOIN facts f ON f.customer_id = c.id GROUP BY 1'),
	('buyers', 'SELECT c.country, count(*) AS n
		FROM customers c WHERE EXISTS (SELECT FROM facts f WHERE f.customer_id = c.id) GROUP BY 1'),
	('pairs', 'SELECT customer_id, product_id FROM facts
		UNION SELECT customer_id, product_id FROM archive'),
	('extremes', 'SELECT customer_id, min(amount) AS least, max(amount) AS most, count(*) AS n
		FROM facts GROUP BY 1'),
	('distinct_products', 'SELECT customer_id, count(DISTINCT product_id) AS products FROM facts GROUP BY 1'),
	('statuses', 'SELECT customer_id, string_agg(status, '','' ORDER BY id) AS statuses FROM facts GROUP BY 1'),
	('medians', 'SELECT customer_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) AS median
		FROM facts GROUP BY 1');

INSERT INTO bench.shape (view, query, mode)
SELECT 'by_country_later', query, 'deferred' FROM bench.shape WHERE view = 'by_country';

CREATE PROCEDURE bench.create_facts(arm name)
	LANGUAGE plpgsql
AS $$
BEGIN
	CALL bench.create_table(arm, 'facts');
	EXECUTE format('CREATE INDEX ON %I.facts (customer_id, amount)', arm);
	EXECUTE format('CREATE TABLE %I.customers (id integer PRIMARY KEY, country integer NOT NULL, name text)', arm);
	EXECUTE format('CREATE TABLE %I.archive (customer_id integer NOT NULL, product_id integer NOT NULL)', arm);
	EXECUTE format('CREATE INDEX ON %I.archive (customer_id)', arm);
END $$;

-- What a statement of this kind on facts or customers adds to by_country, from
-- its transition tables.  Each statement is one upsert in the order of keys, so
-- triggers do not deadlock.  They are wrong where both tables change at once.
CREATE FUNCTION bench.join_upsert(arm name, tab name) RETURNS text
	LANGUAGE sql
RETURN format('
	INSERT INTO %1$I.by_country AS s
	SELECT day, country, sum(total), sum(n) FROM (
		%2$s) d
	GROUP BY 1, 2 HAVING sum(total) <> 0 OR sum(n) <> 0 ORDER BY 1, 2
	ON CONFLICT (day, country) DO UPDATE SET total = s.total + excluded.total, n = s.n + excluded.n;',
	arm, CASE tab
		WHEN 'facts' THEN format('
			SELECT date_trunc(''day'', f.created_at) AS day, c.country, f.amount AS total, 1 AS n
			FROM new_rows f JOIN %1$I.customers c ON c.id = f.customer_id', arm)
		ELSE format('
			SELECT date_trunc(''day'', f.created_at) AS day, c.country, f.amount AS total, 1 AS n
			FROM new_rows c JOIN %1$I.facts f ON f.customer_id = c.id
			UNION ALL
			SELECT date_trunc(''day'', f.created_at), c.country, -f.amount, -1
			FROM old_rows c JOIN %1$I.facts f ON f.customer_id = c.id', arm)
		END);

-- by_country, kept by statement triggers
CREATE PROCEDURE bench.create_join_triggers(arm name)
	LANGUAGE plpgsql
AS $$
BEGIN
	CREATE TABLE by_country AS TABLE bench_ivm.by_country;
	ALTER TABLE by_country ADD PRIMARY KEY (day, country);
	EXECUTE format('CREATE FUNCTION facts_insert() RETURNS trigger LANGUAGE plpgsql AS %L',
				   format('BEGIN %s RETURN NULL; END', bench.join_upsert(arm, 'facts')));
	EXECUTE format('CREATE FUNCTION customers_update() RETURNS trigger LANGUAGE plpgsql AS %L',
				   format('BEGIN %s RETURN NULL; END', bench.join_upsert(arm, 'customers')));
	CREATE TRIGGER facts_insert AFTER INSERT ON facts
		REFERENCING NEW TABLE AS new_rows EXECUTE FUNCTION facts_insert();
	CREATE TRIGGER customers_update AFTER UPDATE ON customers
		REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows EXECUTE FUNCTION customers_update();
END $$;

-- Fill the tables anew, customers in turn, and make the view of an arm on them.
-- The arm bench_ivm comes before bench_trigger.
CREATE PROCEDURE bench.reset_shape(arm name, shape name, nrows integer, ncustomers integer)
	LANGUAGE plpgsql
AS $$
DECLARE
	old		regclass;
BEGIN
	PERFORM set_config('search_path', quote_ident(arm), true);
	IF arm = 'bench_ivm' THEN
		FOR old IN SELECT v.view FROM ivm.view v JOIN bench.shape s ON v.view = to_regclass(s.view) LOOP
			PERFORM ivm.drop_view(old::text);
		END LOOP;
	ELSIF arm = 'bench_trigger' THEN
		DROP TABLE IF EXISTS by_country;
		DROP FUNCTION IF EXISTS facts_insert, customers_update CASCADE;
	END IF;
	TRUNCATE facts, customers, archive RESTART IDENTITY;
	INSERT INTO customers SELECT n, n % 50 FROM generate_series(1, ncustomers) n;
	INSERT INTO facts (created_at, customer_id, product_id, region, status, quantity, amount)
	SELECT timestamptz '2026-01-01' + (n * 7919::bigint % 7776000) * interval '1 second',
		   1 + n % ncustomers, (n * 16807::bigint % 200)::integer, n % 20,
		   (ARRAY['new', 'paid', 'sent', 'back'])[1 + n % 4], 1 + n % 5,
		   (n * 69621::bigint % 100000) / 100.0
	FROM generate_series(1, nrows) n;
	INSERT INTO archive SELECT 1 + n % ncustomers, n % 200 FROM generate_series(1, nrows / 2) n;
	IF arm = 'bench_ivm' THEN
		PERFORM ivm.create_view(s.view, s.query, s.mode) FROM bench.shape s WHERE s.view = shape;
	ELSIF arm = 'bench_trigger' THEN
		CALL bench.create_join_triggers(arm);
	END IF;
END $$;

-- How many groups of by_country, as triggers keep it, are wrong
CREATE FUNCTION bench.wrong_by_trigger() RETURNS bigint
	LANGUAGE plpgsql
	SET search_path = bench_trigger
AS $$
DECLARE
	wrong	bigint;
BEGIN
	EXECUTE format('WITH stored AS (SELECT * FROM by_country WHERE n <> 0), fresh AS (%s)
		SELECT count(*) FROM ((TABLE stored EXCEPT ALL TABLE fresh) UNION ALL
							  (TABLE fresh EXCEPT ALL TABLE stored)) diff',
		(SELECT query FROM bench.shape WHERE view = 'by_country')) INTO wrong;
	RETURN wrong;
END $$;
