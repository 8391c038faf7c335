-- What the tests ddl_forms* share: a small shop with views of all kinds, and a procedure
-- that runs one command beside them, writes to the tables, and says what became of the views.
-- These tests print the tables of doc/ddl.md, which test/bin/pages puts there.
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS ivm;
DROP SCHEMA IF EXISTS ddl_forms CASCADE;
CREATE SCHEMA ddl_forms;
CREATE ROLE regress_ivm_shop;
CREATE ROLE regress_ivm_other;
CREATE TABLE ddl_forms.form (
	n		int		GENERATED ALWAYS AS IDENTITY,
	area	text	NOT NULL,
	command	text	NOT NULL,
	remedy	text,
	result	text	NOT NULL,
	message	text	NOT NULL
);

-- The shop, as if nothing had happened to it.
CREATE PROCEDURE ddl_forms.open_shop() LANGUAGE plpgsql AS $$
BEGIN
	DROP SCHEMA IF EXISTS shop, moved CASCADE;
	CREATE SCHEMA shop AUTHORIZATION regress_ivm_shop;
	CREATE SCHEMA moved AUTHORIZATION regress_ivm_shop;
	SET LOCAL ROLE regress_ivm_shop;
	SET LOCAL search_path = shop;
	CREATE TYPE size AS ENUM ('small', 'large');
	CREATE FUNCTION gross(amount numeric) RETURNS numeric IMMUTABLE LANGUAGE sql AS 'SELECT amount * 1.19';
	CREATE FUNCTION note_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
	CREATE TABLE regions (region text PRIMARY KEY, country text);
	CREATE TABLE sales (id int PRIMARY KEY, region text, amount numeric NOT NULL CHECK (amount > 0),
						tax numeric GENERATED ALWAYS AS (amount * 0.19) STORED, size size DEFAULT 'small', note text, spare int);
	CREATE UNIQUE INDEX sales_region ON sales (region, id);
	CREATE TRIGGER note_row AFTER INSERT ON sales FOR EACH ROW EXECUTE FUNCTION note_row();
	CREATE TABLE events (day date NOT NULL, place text, visitors int) PARTITION BY RANGE (day);
	CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
	CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
	CREATE TABLE events_2027 (day date NOT NULL, place text, visitors int);
	CREATE TABLE parent (amount numeric NOT NULL);
	CREATE TYPE region_row AS (region text, country text);
	CREATE VIEW large_sales AS SELECT id, region, amount FROM sales WHERE amount > 3;
	INSERT INTO regions VALUES ('north', 'DE'), ('south', 'DE'), ('east', 'PL');
	INSERT INTO sales (id, region, amount) SELECT i, (ARRAY['north', 'south', 'east'])[1 + i % 3], i FROM generate_series(1, 9) i;
	INSERT INTO events SELECT date '2025-06-01' + 60 * i, 'hall', i FROM generate_series(1, 6) i;
	INSERT INTO events_2027 VALUES ('2027-05-01', 'hall', 50);
	PERFORM ivm.create_view('totals', 'SELECT region, count(*) AS n, sum(amount) AS amount, sum(tax) AS tax FROM sales GROUP BY region');
	PERFORM ivm.create_view('above', 'SELECT n, count(*) AS regions FROM totals GROUP BY n');
	PERFORM ivm.create_view('countries', 'SELECT r.country, sum(s.amount) AS amount, max(s.size::text) AS size FROM regions r LEFT JOIN sales s USING (region) GROUP BY r.country');
	PERFORM ivm.create_view('prices', 'SELECT region, gross(amount) AS price FROM large_sales', 'deferred', options => '{"max_staleness": "0"}');
	PERFORM ivm.create_view('days', 'SELECT place, count(*) AS days, sum(visitors) AS visitors FROM events GROUP BY place');
	PERFORM ivm.create_view('months', 'SELECT date_trunc(''month'', day::timestamp) AS month, sum(visitors) AS visitors FROM events GROUP BY 1', 'deferred');
	CREATE VIEW report AS SELECT region, amount FROM totals;
END $$;

-- Commands name storage as in {totals}, {totals_delta}, {totals_def}: names have the view's id.
CREATE FUNCTION ddl_forms.with_storage(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found	text[];
BEGIN
	FOR found IN SELECT regexp_matches(command, '\{(\w+?)(_delta|_def|)\}', 'g') LOOP
		command := replace(command, format('{%s%s}', found[1], found[2]),
						   (SELECT format('ivm_data.%s_%s%s', found[1], id, found[2]) FROM ivm.views WHERE viewname = found[1]));
	END LOOP;
	RETURN command;
END $$;

-- Runs statements, which are separated by line ends; their error as a sentence with its hint, or ''.
CREATE FUNCTION ddl_forms.attempt(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	one		text;
	state	text;
	message	text;
	detail	text;
	hint	text;
BEGIN
	FOREACH one IN ARRAY string_to_array(command, E'\n') LOOP
		EXECUTE ddl_forms.with_storage(one);
	END LOOP;
	RETURN '';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	-- lists of all that a schema or a role has are long, and in no order
	IF length(detail) > 500 THEN
		detail := '…';
	END IF;
	detail := replace(replace(detail, E'.\n', '. '), E'\n', '; ');
	RETURN format('`%s` %s', state, message) || CASE WHEN detail <> '' THEN '. ' || detail ELSE '' END
		|| CASE WHEN hint <> '' THEN CASE WHEN detail ~ '[.…]$' THEN ' ' ELSE '. ' END || hint ELSE '' END
		|| CASE WHEN state LIKE 'XX%' THEN ' WRONG: an internal error' ELSE '' END
		|| CASE WHEN message || detail || hint ~ 'ivm_data\.' AND command !~ '\{|DROP ROLE' THEN ' WRONG: names storage' ELSE '' END;
END $$;

-- Changes rows of the tables, whatever these are called by now; the error, or ''.
CREATE FUNCTION ddl_forms.write(sales oid, regions oid, events oid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	statements	text := '';
	t		regclass;
	c		text[];
BEGIN
	SELECT a.attrelid::regclass, array_agg(quote_ident(a.attname) ORDER BY a.attnum) INTO t, c
	FROM pg_attribute a JOIN pg_class r ON r.oid = a.attrelid
	WHERE a.attrelid = sales AND a.attnum IN (1, 2, 3) AND NOT attisdropped GROUP BY 1;
	IF cardinality(c) = 3 THEN
		statements := format($q$INSERT INTO %1$s (%2$s, %3$s, %4$s) SELECT coalesce(max(%2$s), 0) + 1, 'north', 900 FROM %1$s UNION ALL SELECT coalesce(max(%2$s), 0) + 2, 'west', 950 FROM %1$s
UPDATE %1$s SET %4$s = %4$s + 1000, %3$s = 'south' WHERE %2$s IN (3, 4)
DELETE FROM %1$s WHERE %2$s IN (1, 2)
$q$, t, c[1], c[2], c[3]);
	END IF;
	SELECT r.oid::regclass INTO t FROM pg_class r WHERE r.oid = regions;
	IF t IS NOT NULL THEN
		statements := statements || format(E'INSERT INTO %1$s VALUES (''west'', ''NL''), (''w'' || (SELECT count(*) FROM %1$s), ''NL'') ON CONFLICT DO NOTHING\nUPDATE %1$s SET country = ''CZ'' WHERE region = ''east''\n', t);
	END IF;
	SELECT r.oid::regclass INTO t FROM pg_class r WHERE r.oid = events;
	IF t IS NOT NULL THEN
		statements := statements || format(E'INSERT INTO %1$s (day, place, visitors) VALUES (''2026-03-04'', ''park'', 6)\nUPDATE %1$s SET visitors = visitors + 1 WHERE place = ''hall''\n', t);
	END IF;
	RETURN ddl_forms.attempt(rtrim(statements, E'\n'));
END $$;

-- What each view is, and whether it shows what its definition gives: 'ready', or what is wrong.
CREATE FUNCTION ddl_forms.state(OUT ready text[], OUT others text[]) LANGUAGE plpgsql AS $$
DECLARE
	v		record;
	n		bigint;
	rows	text;
BEGIN
	ready := '{}';
	others := '{}';
	FOR v IN SELECT * FROM ivm.views WHERE schemaname IN ('shop', 'moved', 'shops') ORDER BY viewname LOOP
		-- Not through ivm's own verification: the definition is a plain view, which reads as its owner does
		BEGIN
			IF v.mode = 'deferred' AND v.status = 'ready' THEN
				PERFORM ivm.refresh(v.view);
			END IF;
			EXECUTE format('WITH s AS (SELECT t::text FROM %1$s t), d AS (SELECT t::text FROM %2$s t)
				SELECT count(*) FROM ((TABLE s EXCEPT ALL TABLE d) UNION ALL (TABLE d EXCEPT ALL TABLE s)) x',
				v.view, (SELECT definition FROM ivm.view w WHERE w.id = v.id)) INTO n;
			rows := CASE WHEN n > 0 THEN ' WRONG rows' ELSE '' END;
		EXCEPTION WHEN OTHERS THEN
			rows := format(', cannot be read: %s', SQLERRM);
		END;
		IF v.status = 'ready' AND rows = '' THEN
			ready := ready || v.viewname::text;
		ELSE
			others := others || format('%s: %s%s%s', v.viewname, v.status, coalesce(', ' || v.reason, ''), rows);
		END IF;
	END LOOP;
	-- views of which the same is to be said in one sentence
	SELECT coalesce(array_agg(names || ': ' || what ORDER BY names), '{}') INTO others
	FROM (SELECT string_agg(split_part(o, ': ', 1), ', ' ORDER BY o) AS names, substr(o, strpos(o, ': ') + 2) AS what
		  FROM unnest(others) o GROUP BY 2) q;
END $$;

-- One row of a table. Each command begins with a shop of which nothing was altered, and is committed, as are the changes after it.
CREATE PROCEDURE ddl_forms.try(area text, command text, remedy text DEFAULT NULL, before text DEFAULT NULL) LANGUAGE plpgsql AS $$
DECLARE
	all_views	text[];
	oids	oid[];
	s		record;
	sales	oid;
	regions	oid;
	events	oid;
	error	text;
	result	text;
	message	text := '';
	gone	text[];
BEGIN
	-- what was refused has left the shop as it was
	IF before IS NOT NULL OR
		(SELECT f.result <> 'refused' OR f.remedy IS NOT NULL OR f.area <> try.area FROM ddl_forms.form f ORDER BY n DESC LIMIT 1) IS DISTINCT FROM false THEN
		CALL ddl_forms.open_shop();
		COMMIT;
	END IF;
	SET search_path = shop, ivm_test, public;
	IF before IS NOT NULL THEN
		error := ddl_forms.attempt(before);
		IF error <> '' THEN
			RAISE EXCEPTION 'before: %', error;
		END IF;
		COMMIT;
	END IF;
	SELECT 'shop.sales'::regclass, 'shop.regions'::regclass, 'shop.events'::regclass INTO sales, regions, events;
	SELECT array_agg(viewname::text ORDER BY viewname), array_agg(view::oid ORDER BY viewname) INTO all_views, oids FROM ivm.views WHERE schemaname = 'shop';
	error := ddl_forms.attempt(command);
	COMMIT;
	message := ddl_forms.write(sales, regions, events);
	COMMIT;
	s := ddl_forms.state();
	COMMIT;
	SELECT array_agg(v ORDER BY v) INTO gone FROM unnest(all_views, oids) u(v, i)
	WHERE NOT EXISTS (SELECT FROM ivm.views w WHERE w.view = u.i);
	IF message <> '' THEN
		message := 'Writing afterwards: ' || message || '. ';
	END IF;
	IF error <> '' THEN
		result := 'refused';
		message := error;
		IF s.others <> '{}' OR gone IS NOT NULL THEN
			result := 'WRONG: refused, but changed something';
		END IF;
	ELSIF gone IS NOT NULL THEN
		result := 'drops ' || array_to_string(gone, ', ');
	ELSE
		result := 'exact';
	END IF;
	IF s.others <> '{}' THEN
		result := CASE WHEN result = 'exact' THEN '' ELSE result || '; ' END || CASE WHEN s.others::text ~ 'WRONG' THEN 'WRONG' WHEN s.others::text ~ 'cannot be read' THEN 'not readable' ELSE 'stale' END;
		message := message || array_to_string(s.others, '; ');
	END IF;
	IF remedy IS NOT NULL THEN
		error := '';
		IF remedy <> 'CALL ivm.refresh_all()' THEN
			error := ddl_forms.attempt(replace(remedy, E'\nCALL ivm.refresh_all()', ''));
			COMMIT;
		END IF;
		IF remedy LIKE '%CALL ivm.refresh_all()' THEN
			CALL ivm.refresh_all();
		END IF;
		PERFORM ddl_forms.write(sales, regions, events);
		COMMIT;
		s := ddl_forms.state();
		IF error <> '' OR s.others <> '{}' THEN
			message := message || format(' WRONG, the remedy leaves %s %s', error, s.others);
		END IF;
		COMMIT;
	END IF;
	INSERT INTO ddl_forms.form (area, command, remedy, result, message)
	VALUES (area, command, remedy, result, regexp_replace(message, '\m(above|countries|days|documents|groups|months|prices|totals)_\d+', '\1_12', 'g'));
	COMMIT;
END $$;

-- The tables as they are in the page.
CREATE FUNCTION ddl_forms.page() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	a		record;
	f		record;
BEGIN
	FOR a IN SELECT area, min(n) FROM ddl_forms.form GROUP BY 1 ORDER BY 2 LOOP
		RETURN NEXT '## ' || a.area;
		RETURN NEXT '';
		RETURN NEXT '| command | result | message | remedy |';
		RETURN NEXT '|---|---|---|---|';
		FOR f IN SELECT * FROM ddl_forms.form WHERE form.area = a.area ORDER BY n LOOP
			RETURN NEXT format('| `%s` | %s | %s | %s |', replace(f.command, E'\n', '; '), f.result, replace(f.message, '|', '\|'),
							   coalesce('`' || replace(f.remedy, E'\n', '; ') || '`', ''));
		END LOOP;
		RETURN NEXT '';
	END LOOP;
END $$;
