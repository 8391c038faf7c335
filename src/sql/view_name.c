/*-------------------------------------------------------------------------
 *
 * view_name.c
 *	  The name of a view to be created, and names for its columns.
 *
 *		schema.name (column, ...)
 *		|			|
 *		|			'-- as in CREATE VIEW
 *		'-- as in 'schema.name'::regclass, and wherever else views are named by a text
 *
 * What a list of columns looks like is left to PostgreSQL's parser:
 *
 *		CREATE VIEW v (column, ...)
 *		AS SELECT
 *
 * must be one such command, with nothing in it but the columns and the query that is put
 * after them, which selects nothing.  A text that goes on behind the list - with a query of its
 * own, another command, options - makes it something else, or an error.  Nothing of it is ever run.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

#include "base/compat.h"
#include "base/sql_text.h"
#include "sql/view_name.h"

#define BEFORE_LIST	"CREATE VIEW v "
#define AFTER_LIST	"\nAS SELECT"

/*
 * Raise the error of a text that has no list of columns behind a name: the parser's, at a position in
 * the text (1 is the first character); or without one (0), as what it says may be about
 * what was put behind the text.
 */
static void
report_syntax(const char *text, const char *message, int position)
{
	ereport(ERROR,
			(errcode(position > 0 ? ERRCODE_SYNTAX_ERROR : ERRCODE_INVALID_NAME),
			 position > 0 ? errmsg_internal("%s", message) : errmsg("invalid name syntax"),
			 position > 0 ? 0 : errdetail("The list of columns is not complete, or something follows it."),
			 errhint("Write it as in CREATE VIEW: name (column, ...)."),
			 position > 0 ? internalerrquery(text) : 0,
			 position > 0 ? internalerrposition(position) : 0));
}

/*
 * The commands in the text that the list is put into.  The parser has nothing to clean up after
 * an error, so that one can be caught to speak of the list alone.
 */
static List *
parse_command(const char *text, const char *list)
{
	const char *command = psprintf("%s%s%s", BEFORE_LIST, list, AFTER_LIST);
	MemoryContext oldcxt = CurrentMemoryContext;
	List	   *volatile result = NIL;
	ErrorData  *volatile error = NULL;
	int			position;

	PG_TRY();
	{
		result = ivm_sql_text_parse(command);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(oldcxt);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	if (error == NULL)
		return result;
	position = error->cursorpos - (int) strlen(BEFORE_LIST);
	error->cursorpos = 0;
	if (error->sqlerrcode != ERRCODE_SYNTAX_ERROR)
		ReThrowError(error);
	/* the message of what is not closed has the rest of the command */
	if (position <= 0 || position > pg_mbstrlen(list) || strstr(error->message, AFTER_LIST) != NULL)
		report_syntax(text, NULL, 0);
	report_syntax(text, error->message, pg_mbstrlen_with_len(text, list - text) + position);
	return NIL;
}

/* Is it the query that is put behind the list, rather than one of the text? */
static bool
selects_nothing(Node *node)
{
	SelectStmt *select = (SelectStmt *) node;

	return IsA(node, SelectStmt) && select->op == SETOP_NONE && select->targetList == NIL &&
		select->distinctClause == NIL && select->intoClause == NULL && select->fromClause == NIL &&
		select->whereClause == NULL && select->groupClause == NIL && select->havingClause == NULL &&
		select->windowClause == NIL && select->valuesLists == NIL && select->sortClause == NIL &&
		select->limitOffset == NULL && select->limitCount == NULL && select->lockingClause == NIL &&
		select->withClause == NULL;
}

/* Where a list begins, or NULL: at a parenthesis that is not in double quotes. */
static const char *
find_list(const char *text)
{
	bool		quoted = false;

	for (; *text !='\0'; text ++)
	{
		if (*text == '"')
			quoted = !quoted;
		else if (*text == '(' && !quoted)
			return text;
	}
	return NULL;
}

static List *
parse_list(const char *text, const char *list)
{
	List	   *commands = parse_command(text, list);
	ViewStmt   *stmt = list_length(commands) == 1 ?
		(ViewStmt *) linitial_node(RawStmt, commands)->stmt : NULL;

	if (stmt == NULL || !IsA(stmt, ViewStmt) || stmt->aliases == NIL || stmt->options != NIL ||
		stmt->withCheckOption != NO_CHECK_OPTION || !selects_nothing(stmt->query))
		report_syntax(text, NULL, 0);
	return stmt->aliases;
}

RangeVar *
ivm_view_name_parse(const char *text, List **columns)
{
	const char *list = find_list(text);

	*columns = list ? parse_list(text, list) : NIL;
	if (list)
		text = pnstrdup(text, list - text);

	return makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(text)));
}

void
ivm_view_name_put_columns(Query *query, List *columns)
{
	ListCell   *name = list_head(columns);
	ListCell   *lc;

	foreach(lc, query->targetList)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);

		if (tle->resjunk)
			continue;
		if (name != NULL)
		{
			tle->resname = pstrdup(strVal(lfirst(name)));
			name = lnext(columns, name);
		}
	}
	if (name != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("ivm.create_view() specifies more column names than columns")));
	foreach(lc, columns)
	{
		for_each_cell(name, columns, lnext(columns, lc))
		{
			if (equal(lfirst(name), lfirst(lc)))
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("column \"%s\" specified more than once", strVal(lfirst(lc)))));
		}
	}
}
