/*-------------------------------------------------------------------------
 *
 * relation.h
 *	  Small questions about relations.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_RELATION_H
#define IVM_RELATION_H

#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"
#include "storage/lockdefs.h"

extern Query *ivm_relation_view_query(Oid view);
extern List *ivm_relation_leaf_partitions(Oid relid, LOCKMODE lockmode);
extern bool ivm_relation_exists(Oid relid);

extern bool ivm_relation_any_of(List *relids, List *others);

#endif							/* IVM_RELATION_H */
