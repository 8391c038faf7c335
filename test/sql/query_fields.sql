-- Fields of Query that src/definition/clauses.c was not written for, read from the rule of a
-- view.  A server that has one needs a look at what the functions there move.
CREATE VIEW query_fields AS SELECT 1 AS x;
-- brackets, escaped characters and names of fields; the query's own are two deep
CREATE TEMP TABLE found AS
SELECT substr(token, 2) AS field
FROM (SELECT m[1] AS token,
			 sum(CASE WHEN m[1] IN ('(', '{') THEN 1 WHEN m[1] IN (')', '}') THEN -1 ELSE 0 END)
				OVER (ORDER BY n) AS depth
	  FROM pg_rewrite r, regexp_matches(r.ev_action::text, '\\.|[(){}]|:[a-zA-Z_]+', 'g')
			 WITH ORDINALITY AS t(m, n)
	  WHERE r.ev_class = 'query_fields'::regclass) tokens
WHERE depth = 2 AND token ~ '^:';
SELECT field AS moved FROM found
WHERE field IN ('targetList', 'hasTargetSRFs', 'hasAggs', 'groupClause', 'groupDistinct',
				'groupingSets', 'havingQual', 'windowClause', 'hasWindowFuncs', 'sortClause',
				'distinctClause', 'hasDistinctOn', 'limitOffset', 'limitCount', 'limitOption')
ORDER BY field COLLATE "C";
SELECT field AS unknown FROM found
WHERE field NOT IN (
	-- moved
	'targetList', 'hasTargetSRFs', 'hasAggs', 'groupClause', 'groupDistinct', 'groupingSets',
	'havingQual', 'windowClause', 'hasWindowFuncs', 'sortClause', 'distinctClause',
	'hasDistinctOn', 'limitOffset', 'limitCount', 'limitOption',
	-- of FROM and WHERE, of the whole query, or refused
	'rtable', 'rteperminfos', 'jointree', 'hasSubLinks', 'cteList', 'hasRecursive',
	'hasModifyingCTE', 'setOperations', 'rowMarks', 'hasForUpdate', 'hasRowSecurity',
	'constraintDeps', 'isReturn', 'querySource', 'canSetTag', 'queryId', 'stmt_location', 'stmt_len',
	'hasGroupRTE',			-- taken away by ivm_compat_flatten_groups()
	-- of other commands than SELECT
	'commandType', 'utilityStmt', 'resultRelation', 'mergeActionList', 'mergeUseOuterJoin',
	'mergeTargetRelation', 'mergeJoinCondition', 'override', 'onConflict', 'returningOldAlias',
	'returningNewAlias', 'returningList', 'withCheckOptions');
DROP TABLE found;
DROP VIEW query_fields;
