/*-------------------------------------------------------------------------
 *
 * own_table.c
 *	  Tables of the extension, found by name and scanned by index.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "catalog/namespace.h"
#include "storage/bufmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "catalog/own_table.h"

/*
 * Up to this size a table is read whole: a new session would otherwise spend
 * more on the index's entry in its relation cache.
 */
#define SMALL_TABLE_BLOCKS	2

Oid
ivm_own_table_relid(const char *name)
{
	Oid			nsp = get_namespace_oid(IVM_SCHEMA, true);

	return OidIsValid(nsp) ? get_relname_relid(name, nsp) : InvalidOid;
}

SysScanDesc
ivm_own_table_scan(Relation rel, const char *index, int nkeys, ScanKey keys)
{
	Oid			indexid = InvalidOid;

	if (nkeys > 0 && RelationGetNumberOfBlocks(rel) > SMALL_TABLE_BLOCKS)
		indexid = ivm_own_table_relid(index);
	return systable_beginscan(rel, indexid, OidIsValid(indexid), NULL, nkeys, keys);
}
