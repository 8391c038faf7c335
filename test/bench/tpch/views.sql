-- views.sql - the queries as views, and whether these are exact

-- What q*.sql hold; refusal: why ivm does not take it
CREATE TABLE tpch.query (
	name		text PRIMARY KEY,
	definition	text NOT NULL,
	refusal		text
);

CREATE PROCEDURE tpch.add_query(name text, definition text)
	LANGUAGE sql AS $$
	INSERT INTO tpch.query
	SELECT name, replace(definition, ':fraction', fraction::text) FROM tpch.scale;
$$;

-- Makes a query a view, unless it is refused; other errors are errors.
CREATE PROCEDURE tpch.create_view(query_name text)
	LANGUAGE plpgsql AS $$
DECLARE
	message	text;
	detail	text;
BEGIN
	PERFORM ivm.create_view(name, definition) FROM tpch.query WHERE name = query_name;
	UPDATE tpch.query SET refusal = NULL WHERE name = query_name;
EXCEPTION WHEN feature_not_supported THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
	UPDATE tpch.query SET refusal = concat_ws(': ', message, nullif(detail, ''))
		WHERE name = query_name;
END $$;

-- For each query that is a view, or for all queries: a hash of the query's rows,
-- and how many rows the view has too much or too little, in one snapshot
CREATE FUNCTION tpch.check(all_queries boolean DEFAULT false)
	RETURNS TABLE (query_name text, result text, differences bigint)
	LANGUAGE plpgsql AS $$
DECLARE
	q	record;
BEGIN
	FOR q IN SELECT name, definition, to_regclass(name) AS view FROM tpch.query ORDER BY name LOOP
		CONTINUE WHEN q.view IS NULL AND NOT all_queries;
		query_name := q.name;
		EXECUTE format(
			E'WITH q AS MATERIALIZED (%s\n), v AS MATERIALIZED (%s)
			SELECT (SELECT md5(string_agg(q::text, E''\\n'' ORDER BY q::text)) FROM q),
				(SELECT count(*) FROM (
					(TABLE q EXCEPT ALL TABLE v) UNION ALL (TABLE v EXCEPT ALL TABLE q)) d)',
			q.definition, 'TABLE ' || coalesce(q.view::text, 'q'))
			INTO result, differences;
		IF q.view IS NULL THEN
			differences := NULL;
		END IF;
		RETURN NEXT;
	END LOOP;
END $$;
