-- What tests of append views share: a refresh without times, and a comparison that
-- leaves nothing out.
SET client_min_messages = warning;
CREATE FUNCTION refreshed(view regclass, how text DEFAULT 'auto')
RETURNS TABLE (method text, rows_read bigint, inserted bigint, updated bigint, deleted bigint, reason text)
LANGUAGE sql AS $$
	SELECT r.method, r.rows_read, r.rows_inserted, r.rows_updated, r.rows_deleted, r.reason
	FROM ivm.refresh(view, how) r $$;
-- rows that a view has more often than a query gives them, or less often
CREATE FUNCTION differences(view regclass, query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format(
		'SELECT ''+'' || q::text FROM (TABLE %1$s EXCEPT ALL (%2$s)) q UNION ALL SELECT ''-'' || q::text FROM ((%2$s) EXCEPT ALL TABLE %1$s) q ORDER BY 1',
		view, query);
END $$;
RESET client_min_messages;
