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

extern IvmRefusal *ivm_row_width_check(const IvmCore *core);

#endif							/* IVM_ROW_WIDTH_H */
