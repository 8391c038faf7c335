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

extern Expr *ivm_row_pack_pack(Expr *row);
extern Expr *ivm_row_pack_unpack(Expr *packed, Oid typid);
extern bool ivm_row_pack_within(Node *node);

#endif							/* IVM_ROW_PACK_H */
