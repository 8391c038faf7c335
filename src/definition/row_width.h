/*-------------------------------------------------------------------------
 *
 * row_width.h
 *	  Whether rows of state and deltas can be stored.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ROW_WIDTH_H
#define IVM_ROW_WIDTH_H

#include "definition/core.h"
#include "definition/refusal.h"

/*
 * Why rows of the state and of deltas of a definition could not be stored, as a new
 * IvmRefusal; NULL if they can, whatever the data.
 */
extern IvmRefusal *ivm_row_width_check(const IvmCore *core);

#endif							/* IVM_ROW_WIDTH_H */
