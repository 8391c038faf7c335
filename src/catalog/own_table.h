/*-------------------------------------------------------------------------
 *
 * own_table.h
 *	  Tables of the extension, found by name and scanned by index.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_OWN_TABLE_H
#define IVM_OWN_TABLE_H

#include "access/genam.h"
#include "access/skey.h"
#include "utils/relcache.h"

#define IVM_SCHEMA		"ivm"

/* OID of a table or index of schema ivm, or InvalidOid where the extension is not installed. */
extern Oid	ivm_own_table_relid(const char *name);

/*
 * Begin a scan of a table of the extension, with keys on the leading columns of
 * an index.  The newest committed rows are seen.
 */
extern SysScanDesc ivm_own_table_scan(Relation rel, const char *index, int nkeys, ScanKey keys);

#endif							/* IVM_OWN_TABLE_H */
