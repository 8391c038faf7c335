/*-------------------------------------------------------------------------
 *
 * kept.c
 *	  What users have built on a relation's storage, kept for new storage.
 *
 *		materialized view		index on its columns
 *		state table of a view	index on what the view's query has for its columns
 *			|
 *			|	the same over the columns, as the relation shows them
 *			v
 *		new state table			index on what the new query has for the columns
 *
 * An index is read from the catalogue as CREATE TABLE ... LIKE does it, so all that
 * it has comes along: method, order, operator classes, options, predicate, comment.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/attmap.h"
#include "access/genam.h"
#include "access/relation.h"
#include "access/reloptions.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "commands/comment.h"
#include "commands/defrem.h"
#include "commands/tablespace.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/analyze.h"
#include "parser/parse_utilcmd.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/error_context.h"
#include "base/relation.h"
#include "base/sql_text.h"
#include "catalog/own_command.h"
#include "maintain/over_state.h"
#include "maintain/storage.h"
#include "plan/owner_scope.h"
#include "sql/index_check.h"
#include "sql/kept.h"

/* What ANALYZE is told of a column */
typedef struct IvmKeptColumn
{
	AttrNumber	column;
	int			target;			/* -1: the default */
	List	   *options;		/* DefElem: n_distinct and the like */
} IvmKeptColumn;

/* A column of a relation as an expression. */
static Node *
column_of(Oid relid, AttrNumber attno)
{
	Oid			type;
	int32		typmod;
	Oid			collation;

	get_atttypetypmodcoll(relid, attno, &type, &typmod, &collation);
	return (Node *) makeVar(1, attno, type, typmod, collation, 0);
}

static int
relation_natts(Oid relid)
{
	Relation	rel = relation_open(relid, AccessShareLock);
	int			result = RelationGetDescr(rel)->natts;

	relation_close(rel, AccessShareLock);
	return result;
}

/* ---- from the catalogue ---- */

static AttrMap *
same_columns(Relation rel)
{
	AttrMap    *result = make_attrmap(RelationGetDescr(rel)->natts);

	for (int i = 0; i < result->maplen; i++)
		result->attnums[i] = i + 1;
	return result;
}

/* An index as a statement, with expressions instead of names of columns. */
static IndexStmt *
index_statement(Relation rel, Oid indexoid)
{
	Relation	index = index_open(indexoid, AccessShareLock);
	IndexStmt  *stmt = generateClonedIndexStmt(NULL, index, same_columns(rel), NULL);
	ListCell   *lc;

	stmt->idxname = pstrdup(RelationGetRelationName(index));
	stmt->idxcomment = GetComment(indexoid, RelationRelationId, 0);
	foreach(lc, list_concat_copy(stmt->indexParams, stmt->indexIncludingParams))
	{
		IndexElem  *elem = lfirst(lc);

		if (elem->name == NULL)
			continue;
		elem->expr = column_of(RelationGetRelid(rel), get_attnum(RelationGetRelid(rel), elem->name));
		elem->indexcolname = elem->name;
		elem->name = NULL;
	}
	index_close(index, AccessShareLock);
	return stmt;
}

/* Add what is told of a column of a relation, if anything is, as told of this column. */
static List *
add_column(List *columns, AttrNumber column, Oid relid, AttrNumber attno)
{
	HeapTuple	tup = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(attno));
	IvmKeptColumn *kept = palloc0(sizeof(IvmKeptColumn));
	bool		isnull;
	Datum		value;

	if (!HeapTupleIsValid(tup))
		return columns;
	value = SysCacheGetAttr(ATTNUM, tup, Anum_pg_attribute_attstattarget, &isnull);
	kept->target = isnull ? -1 : ivm_compat_statistics_target(value);
	value = SysCacheGetAttr(ATTNUM, tup, Anum_pg_attribute_attoptions, &isnull);
	kept->options = isnull ? NIL : untransformRelOptions(value);
	kept->column = column;
	ReleaseSysCache(tup);
	return kept->target >= 0 || kept->options != NIL ? lappend(columns, kept) : columns;
}

/* The storage parameters of a relation, as DefElem. */
static List *
relation_options(Oid relid)
{
	HeapTuple	tup = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	bool		isnull;
	Datum		options;
	List	   *result;

	if (!HeapTupleIsValid(tup))
		return NIL;
	options = SysCacheGetAttr(RELOID, tup, Anum_pg_class_reloptions, &isnull);
	result = isnull ? NIL : untransformRelOptions(options);
	ReleaseSysCache(tup);
	return result;
}

char *
ivm_kept_parameter(Oid relid, const char *name)
{
	ListCell   *lc;

	foreach(lc, relation_options(relid))
	{
		if (strcmp(((DefElem *) lfirst(lc))->defname, name) == 0)
			return defGetString(lfirst(lc));
	}
	return NULL;
}

/* A storage parameter as in SET (...); prefix is that of a TOAST table's, or empty. */
static char *
parameter_text(const char *prefix, DefElem *def)
{
	return psprintf("%s%s = %s", prefix, quote_identifier(def->defname), quote_literal_cstr(defGetString(def)));
}

/* Fill in what concerns the table as a whole. */
static void
keep_parameters(IvmKept *kept, Relation rel)
{
	ListCell   *lc;

	foreach(lc, relation_options(RelationGetRelid(rel)))
	{
		DefElem    *def = lfirst(lc);

		if (strcmp(def->defname, "fillfactor") != 0)
			kept->parameters = lappend(kept->parameters, parameter_text("", def));
	}
	foreach(lc, relation_options(rel->rd_rel->reltoastrelid))
		kept->parameters = lappend(kept->parameters, parameter_text("toast.", lfirst(lc)));
	kept->tablespace = get_tablespace_name(rel->rd_rel->reltablespace);
}

IvmKept *
ivm_kept_of_matview(Oid relid)
{
	IvmKept    *result = palloc0(sizeof(IvmKept));
	Relation	rel = table_open(relid, AccessShareLock);
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(rel))
		result->indexes = lappend(result->indexes, index_statement(rel, lfirst_oid(lc)));
	for (int i = 1; i <= RelationGetDescr(rel)->natts; i++)
		result->columns = add_column(result->columns, i, relid, i);
	keep_parameters(result, rel);
	table_close(rel, AccessShareLock);
	return result;
}

/* ---- from the state to the columns ---- */

/* What the mutator works with */
typedef struct OverView
{
	Oid			view;
	List	   *columns;		/* what the view has for each, over the state;
								 * NULL: nothing */
} OverView;

static Node *
over_view_mutator(Node *node, OverView *cxt)
{
	ListCell   *lc;

	if (node == NULL)
		return NULL;
	foreach(lc, cxt->columns)
	{
		if (equal(lfirst(lc), node))
			return column_of(cxt->view, foreach_current_index(lc) + 1);
	}
	return expression_tree_mutator(node, over_view_mutator, cxt);
}

/*
 * What a view has for each of its columns, over the state table.  Constants tell nothing: that one
 * is in an index does not mean that the column is.
 */
static List *
columns_over_state(Oid view)
{
	List	   *result = NIL;
	int			n = relation_natts(view);

	for (int i = 1; i <= n; i++)
	{
		IvmBadColumn bad;
		Node	   *expr = ivm_over_state_expression(view, column_of(view, i), &bad);

		result = lappend(result, bad.name || !contain_var_clause(expr) ? NULL : expr);
	}
	return result;
}

IvmKept *
ivm_kept_of_view(IvmViewRow *row)
{
	IvmKept    *result = palloc0(sizeof(IvmKept));
	OverView	cxt = {row->view, columns_over_state(row->view)};
	Relation	state = table_open(row->state, AccessShareLock);
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, RelationGetIndexList(state))
	{
		IndexStmt  *stmt;

		if (ivm_storage_is_own_index(RelationGetRelationName(state), get_rel_name(lfirst_oid(lc))))
			continue;
		stmt = index_statement(state, lfirst_oid(lc));
		foreach(lc2, list_concat_copy(stmt->indexParams, stmt->indexIncludingParams))
		{
			IndexElem  *elem = lfirst(lc2);

			elem->expr = over_view_mutator(elem->expr, &cxt);
		}
		stmt->whereClause = over_view_mutator(stmt->whereClause, &cxt);
		result->indexes = lappend(result->indexes, stmt);
	}
	foreach(lc, cxt.columns)
	{
		if (lfirst(lc) != NULL && IsA(lfirst(lc), Var))
			result->columns = add_column(result->columns, foreach_current_index(lc) + 1,
										 row->state, ((Var *) lfirst(lc))->varattno);
	}
	keep_parameters(result, state);
	table_close(state, AccessShareLock);
	return result;
}

/* ---- with other types ---- */

/* An expression over the columns as the parser has it, now that these have other types. */
static Node *
with_types(Node *expr, Oid relid)
{
	List	   *context = deparse_context_for(get_rel_name(relid), relid);
	ErrorContextCallback callback;
	RawStmt    *raw;
	SelectStmt *stmt;
	Query	   *query;
	char	   *text;

	if (expr == NULL)
		return NULL;
	if (IsA(expr, Var))
		return column_of(relid, ((Var *) expr)->varattno);
	text = deparse_expression(expr, context, false, false);

	ivm_error_enter_query(&callback, text);
	raw = linitial_node(RawStmt, raw_parser(text, RAW_PARSE_PLPGSQL_EXPR));
	stmt = castNode(SelectStmt, raw->stmt);
	stmt->fromClause = list_make1(makeRangeVar(get_namespace_name(get_rel_namespace(relid)),
											   get_rel_name(relid), -1));
	query = parse_analyze_fixedparams(raw, text, NULL, 0, NULL);
	ivm_error_leave_query(&callback);
	return (Node *) linitial_node(TargetEntry, query->targetList)->expr;
}

IvmKept *
ivm_kept_with_types(const IvmKept *kept, Oid relid)
{
	IvmKept    *result = palloc(sizeof(IvmKept));
	ListCell   *lc;
	ListCell   *lc2;

	*result = *kept;
	result->indexes = copyObject(kept->indexes);
	foreach(lc, result->indexes)
	{
		IndexStmt  *stmt = lfirst(lc);

		foreach(lc2, list_concat_copy(stmt->indexParams, stmt->indexIncludingParams))
		{
			IndexElem  *elem = lfirst(lc2);

			elem->expr = with_types(elem->expr, relid);
		}
		stmt->whereClause = with_types(stmt->whereClause, relid);
	}
	return result;
}

/* ---- to the new storage ---- */

static void
report_lost_index(IvmViewRow *row, IndexStmt *stmt, const char *column, const char *reason)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot keep index \"%s\" of \"%s\"", stmt->idxname, get_rel_name(row->view)),
			 column ? errdetail("Column \"%s\": %s", column, reason) : errdetail("%s", reason),
			 stmt->unique ?
			 errhint("Drop the index first. Afterwards ivm.create_index() can make one that is not unique.") :
			 errhint("Drop the index first. Afterwards ivm.create_index() can make one on other columns.")));
}

/* An expression over the view as one over the state that an index may have. */
static Node *
index_expression(IvmViewRow *row, IndexStmt *stmt, const char *name, Node *over_view)
{
	IvmBadColumn bad;
	Node	   *result;
	const char *reason;
	const char *hint;

	if (over_view == NULL)
		return NULL;
	result = ivm_over_state_expression(row->view, over_view, &bad);
	if (bad.name)
		report_lost_index(row, stmt, bad.name, bad.reason);
	if ((reason = ivm_index_check_expression(row, result, over_view, &hint)) != NULL)
		report_lost_index(row, stmt, name, reason);
	return result;
}

/* A column that comes along in an index: it has to be stored as it is. */
static void
include_column(IvmViewRow *row, IndexStmt *stmt, IndexElem *elem)
{
	Node	   *expr = index_expression(row, stmt, elem->indexcolname, elem->expr);

	if (!IsA(expr, Var))
		report_lost_index(row, stmt, elem->indexcolname,
						  "It is computed when the view is read, and INCLUDE takes stored columns only.");
	elem->name = get_attname(row->state, ((Var *) expr)->varattno, false);
	elem->expr = NULL;
	elem->indexcolname = NULL;
}

/* Let an index have another name if its own is taken among the storage of all views. */
static void
choose_name(IvmViewRow *row, IndexStmt *stmt)
{
	Oid			namespace = get_namespace_oid(IVM_DATA_SCHEMA, false);
	char	   *suffix = psprintf("_%d", row->id);
	const char *name = stmt->idxname;
	int			len;

	if (!OidIsValid(get_relname_relid(name, namespace)))
		return;
	len = pg_mbcliplen(name, strlen(name), NAMEDATALEN - 1 - strlen(suffix));
	stmt->idxname = psprintf("%.*s%s", len, name, suffix);
	ereport(NOTICE,
			(errmsg("index \"%s\" of \"%s\" becomes \"%s\"", name, get_rel_name(row->view), stmt->idxname),
			 errdetail("Indexes of views are in schema %s, and there is a relation of that name already.", IVM_DATA_SCHEMA)));
}

static void
restore_index(IvmViewRow *row, IndexStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->indexParams)
	{
		IndexElem  *elem = lfirst(lc);

		elem->expr = index_expression(row, stmt, elem->indexcolname, elem->expr);
	}
	foreach(lc, stmt->indexIncludingParams)
		include_column(row, stmt, lfirst(lc));
	stmt->whereClause = index_expression(row, stmt, NULL, stmt->whereClause);
	if (stmt->unique && (stmt->whereClause || !ivm_index_check_is_unique(row, stmt)))
		report_lost_index(row, stmt, NULL,
						  "It is unique, and only columns that the definition groups by, all of them, are known to be unique at any time.");
	choose_name(row, stmt);
	stmt->relation = makeRangeVar(pstrdup(IVM_DATA_SCHEMA), get_rel_name(row->state), -1);
	stmt->transformed = true;
	(void) ivm_storage_create_index(row, stmt);
}

/* Statements that give a table parameters and the tablespace. */
static List *
parameter_texts(const char *table, IvmKept *kept)
{
	List	   *result = NIL;
	ListCell   *lc;

	if (kept->tablespace)
		result = lappend(result, psprintf("ALTER TABLE %s SET TABLESPACE %s", table,
										  quote_identifier(kept->tablespace)));
	foreach(lc, kept->parameters)
		result = lappend(result, psprintf("ALTER TABLE %s SET (%s)", table, (char *) lfirst(lc)));
	return result;
}

/* The same for a column of it. */
static List *
column_texts(const char *table, const char *column, IvmKeptColumn *kept)
{
	char	   *alter = psprintf("ALTER TABLE %s ALTER COLUMN %s", table, quote_identifier(column));
	List	   *result = NIL;
	ListCell   *lc;

	if (kept->target >= 0)
		result = lappend(result, psprintf("%s SET STATISTICS %d", alter, kept->target));
	foreach(lc, kept->options)
		result = lappend(result, psprintf("%s SET (%s)", alter, parameter_text("", lfirst(lc))));
	return result;
}

/* Statements that give the state table of a view what is kept, but for indexes. */
static List *
state_texts(IvmViewRow *row, IvmKept *kept)
{
	char	   *state = ivm_sql_text_relation_name(row->state);
	List	   *result = parameter_texts(state, kept);
	ListCell   *lc;

	foreach(lc, kept->columns)
	{
		IvmKeptColumn *column = lfirst(lc);
		IvmBadColumn bad;
		Node	   *expr = ivm_over_state_expression(row->view, column_of(row->view, column->column), &bad);

		if (bad.name == NULL && IsA(expr, Var))
			result = list_concat(result,
								 column_texts(state, get_attname(row->state, ((Var *) expr)->varattno, false),
											  column));
	}
	if (kept->columns != NIL)
		result = lappend(result, ivm_storage_analyze_text(state));
	return result;
}

void
ivm_kept_restore(IvmViewRow *row, IvmKept *kept)
{
	bool		before = ivm_own_command_enter();
	IvmOwnerScope scope;
	ListCell   *lc;

	PG_TRY();
	{
		foreach(lc, kept ? kept->indexes : NIL)
			restore_index(row, lfirst(lc));
		ivm_owner_scope_enter_extension(&scope);
		if (kept)
			ivm_own_command_run_all(state_texts(row, kept));
		ivm_owner_scope_leave(&scope);
	}
	PG_FINALLY();
	{
		ivm_own_command_leave(before);
	}
	PG_END_TRY();
}

/* Names instead of columns, where a list may not have expressions. */
static void
name_columns(List *elements, Oid relid)
{
	ListCell   *lc;

	foreach(lc, elements)
	{
		IndexElem  *elem = lfirst(lc);

		elem->indexcolname = NULL;
		if (!IsA(elem->expr, Var))
			continue;
		elem->name = get_attname(relid, ((Var *) elem->expr)->varattno, false);
		elem->expr = NULL;
	}
}

void
ivm_kept_restore_plain(Oid relid, IvmKept *kept)
{
	char	   *name = ivm_sql_text_relation_name(relid);
	bool		table = get_rel_relkind(relid) == RELKIND_RELATION;
	List	   *texts = parameter_texts(name, kept);
	ListCell   *lc;

	foreach(lc, kept->indexes)
	{
		IndexStmt  *stmt = lfirst(lc);

		name_columns(stmt->indexParams, relid);
		name_columns(stmt->indexIncludingParams, relid);
		stmt->relation = makeRangeVar(get_namespace_name(get_rel_namespace(relid)), get_rel_name(relid), -1);
		stmt->transformed = true;
		(void) ivm_compat_define_index(relid, stmt);
		CommandCounterIncrement();
	}
	foreach(lc, kept->columns)
	{
		IvmKeptColumn *column = lfirst(lc);

		texts = list_concat(texts, column_texts(name, get_attname(relid, column->column, false), column));
	}
	texts = lappend(texts, ivm_storage_analyze_text(name));
	foreach(lc, texts)
	{
		char	   *text = lfirst(lc);

		if (!table && strncmp(text, "ALTER TABLE ", strlen("ALTER TABLE ")) == 0)
			text = psprintf("ALTER MATERIALIZED VIEW %s", text +strlen("ALTER TABLE "));

		ivm_own_command_run(text);
	}
}
