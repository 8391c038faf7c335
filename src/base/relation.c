/*-------------------------------------------------------------------------
 *
 * relation.c
 *	  Small questions about relations.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/stat.h>

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_rewrite.h"
#include "parser/parsetree.h"
#include "pgstat.h"
#include "rewrite/rewriteDefine.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/relation.h"

Query *
ivm_relation_view_query(Oid view)
{
	Relation	rel = try_table_open(view, AccessShareLock);
	Query	   *query;

	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("view with OID %u was dropped", view)));
	query = copyObject(get_view_query(rel));
	table_close(rel, AccessShareLock);
	return query;
}

/* Take the entries OLD and NEW out of a query's range table, which rules have in 15. */
static void
remove_old_and_new(Query *query, Oid relid)
{
	for (int i = 0; i < 2; i++)
	{
		RangeTblEntry *rte = list_length(query->rtable) > i ? list_nth(query->rtable, i) : NULL;

		if (rte == NULL || rte->rtekind != RTE_RELATION || rte->relid != relid || rte->inFromCl)
			return;
	}
	query->rtable = list_copy_tail(query->rtable, 2);
	OffsetVarNodes((Node *) query, -2, 0);
}

Query *
ivm_relation_analyzed_query(Oid relid)
{
	Relation	rel = relation_open(relid, AccessShareLock);
	RuleLock   *rules = rel->rd_rules;
	Query	   *query;
	int			n = 0;
	ListCell   *lc;

	if (rules == NULL || rules->numLocks != 1 || list_length(rules->rules[0]->actions) != 1)
		elog(ERROR, "relation %u has no query", relid);
	query = copyObject(linitial_node(Query, rules->rules[0]->actions));
	remove_old_and_new(query, relid);
	setRuleCheckAsUser((Node *) query, InvalidOid);
	foreach(lc, query->targetList)
	{
		if (!lfirst_node(TargetEntry, lc)->resjunk)
			lfirst_node(TargetEntry, lc)->resname =
				pstrdup(NameStr(TupleDescAttr(RelationGetDescr(rel), n++)->attname));
	}
	relation_close(rel, AccessShareLock);
	return query;
}

List *
ivm_relation_leaf_partitions(Oid relid, LOCKMODE lockmode)
{
	List	   *result = NIL;
	ListCell   *lc;

	if (get_rel_relkind(relid) != RELKIND_PARTITIONED_TABLE)
		return NIL;
	foreach(lc, find_all_inheritors(relid, lockmode, NULL))
	{
		if (get_rel_relkind(lfirst_oid(lc)) != RELKIND_PARTITIONED_TABLE)
			result = lappend_oid(result, lfirst_oid(lc));
	}
	list_sort(result, list_oid_cmp);
	return result;
}

bool
ivm_relation_is_newer(Oid relid, Snapshot snapshot)
{
	HeapTuple	tup = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	TransactionId xmin;

	if (!HeapTupleIsValid(tup))
		return false;
	xmin = HeapTupleHeaderGetXmin(tup->t_data);
	ReleaseSysCache(tup);
	return TransactionIdIsNormal(xmin) && !TransactionIdIsCurrentTransactionId(xmin) &&
		XidInMVCCSnapshot(xmin, snapshot);
}

Relation
ivm_relation_open_locked(Oid relid)
{
	Relation	result = RelationIdGetRelation(relid);

	if (result)
		pgstat_init_relation(result);
	return result;
}

bool
ivm_relation_exists(Oid relid)
{
	return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid));
}

Oid
ivm_relation_file(Oid relid)
{
	HeapTuple	tup = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			result = InvalidOid;

	if (HeapTupleIsValid(tup))
	{
		result = ((Form_pg_class) GETSTRUCT(tup))->relfilenode;
		ReleaseSysCache(tup);
	}
	return result;
}

Oid
ivm_relation_owner(Oid relid)
{
	HeapTuple	tup = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tup))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u was dropped", relid)));
	owner = ((Form_pg_class) GETSTRUCT(tup))->relowner;
	ReleaseSysCache(tup);
	return owner;
}

Oid
ivm_relation_am(Oid relid)
{
	HeapTuple	tup = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			result;

	if (!HeapTupleIsValid(tup))
		return InvalidOid;
	result = ((Form_pg_class) GETSTRUCT(tup))->relam;
	ReleaseSysCache(tup);
	return result;
}

/* ---- sizes ---- */

/* Bytes of all files of one fork, given the path of the first. */
static int64
fork_size(const char *path)
{
	int64		size = 0;
	char		segment[MAXPGPATH];
	struct stat file;

	for (int n = 0;; n++)
	{
		if (n == 0)
			strlcpy(segment, path, sizeof(segment));
		else
			snprintf(segment, sizeof(segment), "%s.%d", path, n);
		if (stat(segment, &file) < 0)
		{
			if (errno == ENOENT)
				return size;
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not stat file \"%s\": %m", segment)));
		}
		size += file.st_size;
		/* all but the last are of full size */
		if (file.st_size < (off_t) RELSEG_SIZE * BLCKSZ)
			return size;
	}
}

/* Bytes of a table or index alone. */
static int64
own_size(Form_pg_class form)
{
	ForkNumber	last = form->relpersistence == RELPERSISTENCE_UNLOGGED ? INIT_FORKNUM :
		form->relkind == RELKIND_INDEX ? FSM_FORKNUM : VISIBILITYMAP_FORKNUM;
	int64		size = 0;

	for (ForkNumber fork = MAIN_FORKNUM; fork <= last; fork++)
	{
		char	   *path = ivm_compat_relation_path(form, fork);

		size += fork_size(path);
		pfree(path);
	}
	return size;
}

/* Bytes of a table's indexes. */
static int64
indexes_size(Oid relid)
{
	Relation	rel = table_open(IndexRelationId, AccessShareLock);
	int64		size = 0;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tup;

	ScanKeyInit(&key, Anum_pg_index_indrelid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(rel, IndexIndrelidIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tup = systable_getnext(scan)))
	{
		Form_pg_index form = (Form_pg_index) GETSTRUCT(tup);
		HeapTuple	index = SearchSysCache1(RELOID, ObjectIdGetDatum(form->indexrelid));

		if (!HeapTupleIsValid(index))
			continue;
		if (form->indislive)
			size += own_size((Form_pg_class) GETSTRUCT(index));
		ReleaseSysCache(index);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return size;
}

/* Bytes of a table, of its indexes and of its TOAST table; 0 if it is gone. */
static int64
table_size(Oid relid)
{
	HeapTuple	tup = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Form_pg_class form;
	int64		size;

	if (!HeapTupleIsValid(tup))
		return 0;
	form = (Form_pg_class) GETSTRUCT(tup);
	size = own_size(form);
	if (form->relhasindex)
		size += indexes_size(relid);
	if (OidIsValid(form->reltoastrelid))
		size += table_size(form->reltoastrelid);
	ReleaseSysCache(tup);
	return size;
}

int64
ivm_relation_total_size(Oid relid)
{
	return ivm_relation_exists(relid) ? table_size(relid) : -1;
}

/* ---- definitions ---- */

/* The first query of a tree of set operations, whose columns give it its names when it is printed. */
static const Query *
first_query(const Query *query)
{
	Node	   *node = query->setOperations;

	while (IsA(node, SetOperationStmt))
		node = ((SetOperationStmt *) node)->larg;
	return rt_fetch(castNode(RangeTblRef, node)->rtindex, query->rtable)->subquery;
}

/*
 * Does a view call its columns as its query does?  Not after ALTER VIEW RENAME COLUMN, nor where a
 * list of columns has named those of set operations.
 */
static bool
has_names_of_query(TupleDesc desc, const Query *query)
{
	ListCell   *lc;

	if (query->setOperations != NULL)
		return has_names_of_query(desc, first_query(query));
	foreach(lc, query->targetList)
	{
		const TargetEntry *entry = lfirst_node(TargetEntry, lc);

		if (!entry->resjunk &&
			(entry->resno > desc->natts || entry->resname == NULL ||
			 strcmp(entry->resname, NameStr(TupleDescAttr(desc, entry->resno - 1)->attname)) != 0))
			return false;
	}
	return true;
}

/*
 * pg_get_viewdef() reads the rule by a query and parses it each time; the relation cache
 * has it parsed.
 */
char *
ivm_relation_view_definition(Oid view)
{
	Relation	rel = try_relation_open(view, AccessShareLock);
	char	   *result = NULL;

	if (rel == NULL)
		return NULL;
	if (rel->rd_rel->relkind == RELKIND_VIEW)
	{
		Query	   *query = copyObject(get_view_query(rel));

		if (has_names_of_query(RelationGetDescr(rel), query))
			result = psprintf("%s;", pg_get_querydef(query, false));
		else
			result = TextDatumGetCString(DirectFunctionCall1(pg_get_viewdef, ObjectIdGetDatum(view)));
	}
	relation_close(rel, AccessShareLock);
	return result;
}

Oid
ivm_relation_of_rule(Oid rule)
{
	Relation	rel = table_open(RewriteRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tup;
	Oid			result = InvalidOid;

	ScanKeyInit(&key, Anum_pg_rewrite_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(rule));
	scan = systable_beginscan(rel, RewriteOidIndexId, true, NULL, 1, &key);
	if (HeapTupleIsValid(tup = systable_getnext(scan)))
		result = ((Form_pg_rewrite) GETSTRUCT(tup))->ev_class;
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

bool
ivm_relation_any_of(List *relids, List *others)
{
	ListCell   *lc;

	foreach(lc, relids)
	{
		if (list_member_oid(others, lfirst_oid(lc)))
			return true;
	}
	return false;
}
