-- hardships.sql - views of all kinds over one table that many write, in schema bench_hard
--
-- Table plain has none, table viewed eleven.  Groups are few, so all writers meet in them.

CREATE SCHEMA bench_hard;

CREATE PROCEDURE bench.create_hard(base name)
	LANGUAGE plpgsql
AS $$
BEGIN
	EXECUTE format('CREATE TABLE bench_hard.%1$I (
			id		bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
			day		date NOT NULL,
			region	integer NOT NULL,
			status	text NOT NULL,
			amount	numeric(12,2) NOT NULL
		);
		CREATE INDEX ON bench_hard.%1$I (region, amount);
		CREATE INDEX ON bench_hard.%1$I (status, region)', base);
END $$;

CALL bench.create_hard('plain');
CALL bench.create_hard('viewed');
CREATE TABLE bench_hard.regions (region integer PRIMARY KEY, country text NOT NULL);
INSERT INTO bench_hard.regions SELECT r, 'country ' || r % 4 FROM generate_series(0, 19) r;

CREATE TABLE bench_hard.definition (view name PRIMARY KEY, query text NOT NULL);
INSERT INTO bench_hard.definition VALUES
	('by_day',		'SELECT day, count(*), sum(amount) FROM bench_hard.viewed GROUP BY day'),
	('by_region',	'SELECT region, count(*), avg(amount) FROM bench_hard.viewed GROUP BY region'),
	('in_all',		'SELECT count(*), sum(amount) FROM bench_hard.viewed'),
	('extremes',	'SELECT region, min(amount), max(amount) FROM bench_hard.viewed GROUP BY region'),
	('statuses',	'SELECT DISTINCT status, region FROM bench_hard.viewed'),
	('large',		'SELECT id, region, amount FROM bench_hard.viewed WHERE amount > 990'),
	('by_country',	'SELECT country, count(*), sum(amount) FROM bench_hard.viewed JOIN bench_hard.regions USING (region) GROUP BY country'),
	('served',		'SELECT r.country, count(v.id) FROM bench_hard.regions r LEFT JOIN bench_hard.viewed v USING (region) GROUP BY r.country'),
	('busy',		'SELECT region, country FROM bench_hard.regions r WHERE EXISTS (SELECT FROM bench_hard.viewed v WHERE v.region = r.region)'),
	('rollup',		'SELECT region, status, sum(amount) FROM bench_hard.viewed GROUP BY ROLLUP (region, status)'),
	('shares',		'SELECT status, sum(amount) / (SELECT sum(amount) FROM bench_hard.viewed) AS share FROM bench_hard.viewed GROUP BY status');

INSERT INTO bench_hard.viewed (day, region, status, amount)
SELECT date '2026-01-01' + n % 10, n % 20, (ARRAY['new', 'paid', 'sent', 'back'])[1 + n % 4], n % 1000
FROM generate_series(1, 1000) n;
INSERT INTO bench_hard.plain (day, region, status, amount)
SELECT day, region, status, amount FROM bench_hard.viewed;

SELECT ivm.create_view('bench_hard.' || view, query) FROM bench_hard.definition;
VACUUM ANALYZE bench_hard.viewed, bench_hard.plain;
