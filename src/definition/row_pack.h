/*-------------------------------------------------------------------------
 *
 * row_pack.h
 *	  Rows of tables as values that are not of the tables' types.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ROW_PACK_H
#define IVM_ROW_PACK_H

#include "nodes/primnodes.h"

/*
 * An expression for a row as ivm.packed_row: a call of ivm._pack_row() around row, which it
 * takes over.
 */
extern Expr *ivm_row_pack_pack(Expr *row);

/* An expression for a packed row as a row of its type again: a call of ivm._unpack_row(). */
extern Expr *ivm_row_pack_unpack(Expr *packed, Oid typid);

/*
 * The name of a column, palloc'd, that keeps rows of this type from being packed, since values of the
 * column's type can change their representation while they are stored; or NULL.
 */
extern char *ivm_row_pack_unlasting_column(Oid typid);

/*
 * The composite type, or pseudo-type, that values of this type are of or have values of: of a column
 * of an array, domain, range or multirange of such a type, too; or InvalidOid.
 */
extern Oid	ivm_row_pack_composite_within(Oid typid);

/*
 * Does a row type have values of this composite type within its columns?  When that type gets other
 * attributes, rows that were packed cannot be unpacked any more.
 */
extern bool ivm_row_pack_has_within(Oid rowtype, Oid typid);

/* Does an expression unpack a row? */
extern bool ivm_row_pack_within(Node *node);

#endif							/* IVM_ROW_PACK_H */
