/*-------------------------------------------------------------------------
 *
 * relation.c
 *	  Small questions about relations.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "utils/lsyscache.h"
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
ivm_relation_exists(Oid relid)
{
	return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid));
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
