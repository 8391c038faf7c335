-- What tests of subqueries that leave ties open share: tables, a view in each mode, and a comparison as far as the
-- result is determined: by the number of rows, and by ivm.verify_view().
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
CREATE FUNCTION wrong() RETURNS TABLE (view text, n bigint, verified bigint) LANGUAGE plpgsql AS $$
BEGIN
	FOR view IN SELECT viewname FROM ivm.views WHERE schemaname = current_schema() AND mode = 'deferred' LOOP
		PERFORM ivm.refresh(view::regclass);
	END LOOP;
	FOR view IN SELECT viewname FROM ivm.views WHERE schemaname = current_schema() ORDER BY 1 LOOP
		EXECUTE format('SELECT abs((SELECT count(*) FROM %1$I) - (SELECT count(*) FROM (%2$s) q)), (SELECT count(*) FROM ivm.verify_view(%1$L))',
					   view, rtrim((SELECT definition FROM ivm.views v WHERE v.viewname = wrong.view), ';')) INTO n, verified;
		IF n <> 0 OR verified <> 0 THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END $$;
