-- deferred.sql - tables and views of the benchmark's rows about deferred views;
-- setup.sql comes first

-- Tables later and later5 of the arms bench_plain and bench_ivm, with one and five
-- deferred views in the second
INSERT INTO bench.definition (base, view, key, value, mode) VALUES
	('later', 'daily_later', 'date_trunc(''day'', created_at)', 'amount', 'deferred'),
	('later5', 'daily5_later', 'date_trunc(''day'', created_at)', 'amount', 'deferred'),
	('later5', 'product5_later', 'product_id', 'quantity', 'deferred'),
	('later5', 'region5_later', 'region', 'amount', 'deferred'),
	('later5', 'status5_later', 'status', 'amount', 'deferred'),
	('later5', 'customer5_later', 'customer_id', 'amount', 'deferred');

CREATE PROCEDURE bench.create_later(base name)
	LANGUAGE plpgsql
AS $$
BEGIN
	CALL bench.create_table('bench_plain', base);
	CALL bench.create_table('bench_ivm', base);
	CALL bench.create_views('bench_ivm', base);
END $$;

CREATE PROCEDURE bench.refresh(base name)
	LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM ivm.refresh(format('bench_ivm.%I', def.view)::regclass)
	FROM bench.definition def WHERE def.base = refresh.base;
END $$;

-- Schema bench_refresh: what refreshes are measured with, each view beside a
-- materialized view of the same query.
CREATE PROCEDURE bench.create_refreshed(nrows bigint)
	LANGUAGE plpgsql
AS $$
DECLARE
	d	record;
BEGIN
	CALL bench.create_table('bench_refresh', 'sales');
	CALL bench.fill('bench_refresh', 'sales', nrows);
	SET LOCAL search_path = bench_refresh;
	CREATE TABLE customers (id integer PRIMARY KEY, country integer NOT NULL);
	INSERT INTO customers SELECT n, n % 50 FROM generate_series(0, 9999) n;
	CREATE INDEX ON sales (customer_id);
	ANALYZE sales, customers;
	FOR d IN SELECT * FROM (VALUES
		('table', 'SELECT date_trunc(''day'', created_at) AS day, region, sum(amount) AS total, count(*) AS n
			FROM sales GROUP BY 1, 2', 'day, region'),
		('join', 'SELECT date_trunc(''day'', s.created_at) AS day, c.country, sum(s.amount) AS total, count(*) AS n
			FROM sales s JOIN customers c ON c.id = s.customer_id GROUP BY 1, 2', 'day, country')) v(shape, query, key)
	LOOP
		PERFORM ivm.create_view('auto_' || d.shape, d.query, 'deferred');
		PERFORM ivm.create_view('delta_' || d.shape, d.query, 'deferred');
		EXECUTE format('CREATE MATERIALIZED VIEW core_%s AS %s', d.shape, d.query);
		EXECUTE format('CREATE UNIQUE INDEX ON core_%s (%s)', d.shape, d.key);
	END LOOP;
END $$;

-- Change a share of the rows, spread over the table, and others each time.
CREATE PROCEDURE bench.change_sales(share float8, turn integer)
	LANGUAGE plpgsql
AS $$
BEGIN
	UPDATE bench_refresh.sales SET amount = amount + 1
	WHERE (id * 7919 + turn * 104729::bigint) % 999983 < share * 999983;
END $$;

-- The stored rows of the refreshed views that differ from the materialized views
CREATE FUNCTION bench.wrong_refreshed() RETURNS bigint
	LANGUAGE plpgsql
	SET search_path = bench_refresh
AS $$
BEGIN
	RETURN (SELECT count(*) FROM (TABLE auto_table EXCEPT ALL TABLE core_table) d)
		+ (SELECT count(*) FROM (TABLE core_table EXCEPT ALL TABLE auto_table) d)
		+ (SELECT count(*) FROM (TABLE delta_table EXCEPT ALL TABLE core_table) d)
		+ (SELECT count(*) FROM (TABLE auto_join EXCEPT ALL TABLE core_join) d)
		+ (SELECT count(*) FROM (TABLE core_join EXCEPT ALL TABLE auto_join) d)
		+ (SELECT count(*) FROM (TABLE delta_join EXCEPT ALL TABLE core_join) d);
END $$;

-- A deferred view of so many groups whose reads are fresh, and a plain table of the
-- same rows.
CREATE PROCEDURE bench.create_fresh(ngroups integer)
	LANGUAGE plpgsql
AS $$
BEGIN
	CREATE TABLE bench_ivm.fees (customer_id integer NOT NULL, amount numeric(12,2) NOT NULL);
	INSERT INTO bench_ivm.fees
	SELECT 1 + n % ngroups, (n * 69621 % 100000) / 100.0
	FROM generate_series(0, 2 * ngroups::bigint - 1) n;
	PERFORM ivm.create_view('bench_ivm.fees_later',
		'SELECT customer_id AS k, sum(amount) AS total, count(*) AS n FROM bench_ivm.fees GROUP BY 1',
		'deferred', options => '{"max_staleness": "0"}');
	CREATE TABLE bench_plain.fees_later AS TABLE bench_ivm.fees_later;
	ALTER TABLE bench_plain.fees_later ADD PRIMARY KEY (k);
END $$;
