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

/*
 * Does a column of a SELECT, shown or not, divide each clause above FROM and WHERE?
 * An entry that is not shown can divide the level, but nothing above sees it.  False
 * for set operations.
 */
extern bool ivm_division_by_entry(const Query *query, const TargetEntry *tle);

/*
 * Does a column that divides an arm of a set operation, where it is of this type, have
 * the same values above it?  The executor converts arms to the type of the operation's
 * column, and different values may become equal by that.
 */
extern bool ivm_division_by_arm_column(const SetOperationStmt *setop, int attno, Oid type);

/*
 * The operator that tells equal values of a type, by the type's default operator
 * class, or InvalidOid.
 */
extern Oid	ivm_division_equality(Oid type);

/*
 * The type whose operators compare values of a type: the base type of a domain, text
 * for varchar.
 */
extern Oid	ivm_division_compared_type(Oid type);

/*
 * Are equal values of this type and collation those that any deterministic collation
 * calls equal?
 */
extern bool ivm_division_is_collation_known(Oid type, Oid collation);

#endif							/* IVM_DIVISION_H */
