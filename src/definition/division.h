/*-------------------------------------------------------------------------
 *
 * division.h
 *	  What divides a query level.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DIVISION_H
#define IVM_DIVISION_H

#include "nodes/parsenodes.h"

extern bool ivm_division_by_entry(const Query *query, const TargetEntry *tle);
extern bool ivm_division_by_arm_column(const SetOperationStmt *setop, int attno, Oid type);
extern Oid	ivm_division_equality(Oid type);
extern Oid	ivm_division_compared_type(Oid type);
extern bool ivm_division_is_collation_known(Oid type, Oid collation);

#endif							/* IVM_DIVISION_H */
