-- append.sql - tables and views of the benchmark's rows about append views and windows
-- of time; setup.sql comes first

-- Table clicks of the arms bench_plain, bench_again and bench_ivm, with an append view
-- in the last
INSERT INTO bench.definition (base, view, key, value, mode) VALUES
	('clicks', 'daily_clicks', 'date_trunc(''day'', created_at)', 'amount', 'append');

CREATE PROCEDURE bench.create_clicks()
	LANGUAGE plpgsql
AS $$
DECLARE
	arm		name;
BEGIN
	FOREACH arm IN ARRAY '{bench_plain,bench_again,bench_ivm}'::name[] LOOP
		CALL bench.create_table(arm, 'clicks');
	END LOOP;
	PERFORM ivm.create_view('bench_ivm.daily_clicks', bench.query('bench_ivm', def), def.mode,
							options => '{"watermark": "id"}')
	FROM bench.definition def WHERE def.base = 'clicks';
END $$;

-- Schema bench_append: what refreshes of append views are measured with, ten rows for each
-- second and from a thousand accounts.
CREATE SCHEMA bench_append;

CREATE TABLE bench_append.readings (
	id		bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at		timestamptz NOT NULL,
	account	integer NOT NULL,
	bytes	integer NOT NULL
);

CREATE PROCEDURE bench.read_more(nrows bigint)
	LANGUAGE plpgsql
AS $$
DECLARE
	before	bigint := coalesce((SELECT max(id) FROM bench_append.readings), 0);
BEGIN
	INSERT INTO bench_append.readings (at, account, bytes)
	SELECT timestamptz '2026-01-01' + n * interval '0.1 second', n * 48271 % 1000, n * 69621 % 100000
	FROM generate_series(before + 1, before + nrows) n;
END $$;

-- The query of the views; by_account: a key for each account and hour
CREATE FUNCTION bench.readings_query(by_account boolean, condition text DEFAULT '') RETURNS text
	LANGUAGE sql
RETURN format('SELECT date_trunc(''hour'', at) AS hour%s, count(*) AS n, sum(bytes) AS total
	FROM bench_append.readings %s GROUP BY %s',
	CASE WHEN by_account THEN ', account' ELSE '' END, condition,
	CASE WHEN by_account THEN '1, 2' ELSE '1' END);

-- A table of keys that come once each
CREATE TABLE bench_append.keys (
	id		bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	k		bigint NOT NULL,
	amount	integer NOT NULL
);

-- Schemas bench_whole and bench_window: the same table, with a view in immediate mode without and
-- with a condition on the time.  Rows lie in the past hundred days.
CREATE PROCEDURE bench.create_visits(arm name, condition text)
	LANGUAGE plpgsql
AS $$
BEGIN
	EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', arm);
	EXECUTE format('CREATE TABLE %I.visits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		at timestamptz NOT NULL, account integer NOT NULL, bytes integer NOT NULL)', arm);
	EXECUTE format('CREATE INDEX ON %I.visits (at)', arm);
	IF condition IS NULL THEN
		RETURN;
	END IF;
	PERFORM ivm.create_view(format('%I.daily_visits', arm), bench.visits_query(arm, condition));
END $$;

CREATE FUNCTION bench.visits_query(arm name, condition text) RETURNS text
	LANGUAGE sql
RETURN format('SELECT date_trunc(''day'', at) AS day, count(*) AS n, sum(bytes) AS total
	FROM %I.visits %s GROUP BY 1', arm, condition);

CREATE PROCEDURE bench.fill_visits(arm name, nrows bigint)
	LANGUAGE plpgsql
AS $$
BEGIN
	EXECUTE format('TRUNCATE %I.visits RESTART IDENTITY', arm);
	EXECUTE format('INSERT INTO %I.visits (at, account, bytes)
		SELECT now() - interval ''100 days'' + n * (interval ''100 days'' / $1), n * 48271 %% 1000, n * 69621 %% 100000
		FROM generate_series(1, $1) n', arm) USING nrows;
END $$;
