-- Runs a statement, and tells how many rows of it went through the queue of trigger events.
CREATE FUNCTION queued(statement text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	line	text;
	result	int := 0;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || statement LOOP
		IF line LIKE 'Trigger ivm_capture%' THEN
			result := result + substring(line FROM 'calls=(\d+)')::int;
		END IF;
	END LOOP;
	RETURN result;
END $$;
