/*-------------------------------------------------------------------------
 *
 * append_value.h
 *	  Values that order the rows of an append-only table, or divide them into buckets:
 *	  numbers, times, and UUIDs that begin with a time (version 7).
 *
 * A distance is what may be taken from such a value, as text: a number, or an interval.
 * Errors are raised where a text is none.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_APPEND_VALUE_H
#define IVM_APPEND_VALUE_H

#include "datatype/timestamp.h"
#include "fmgr.h"

typedef struct IvmAppendType
{
	Oid			type;
	int16		typlen;
	bool		typbyval;
	bool		timed;			/* distances are intervals */
	Oid			opfamily;		/* btree, with opcintype the input type */
	Oid			opcintype;
	FmgrInfo	cmp;			/* of two values */
} IvmAppendType;

/* Find out about a type, or a domain over it, in CurrentMemoryContext; false if it is none of these. */
extern bool ivm_append_type_init(IvmAppendType *type, Oid typid);

extern int	ivm_append_value_compare(IvmAppendType *type, Datum a, Datum b);

/* A value as text that means the same under all settings, and the value again. */
extern char *ivm_append_value_out(const IvmAppendType *type, Datum value);
extern Datum ivm_append_value_in(const IvmAppendType *type, const char *text);

/* Is it a place in an order of distances: not NaN, nor infinite, nor a UUID of another version? */
extern bool ivm_append_value_is_finite(const IvmAppendType *type, Datum value);

/* A value less a distance, or the lowest there is. */
extern Datum ivm_append_value_less(const IvmAppendType *type, Datum value, const char *distance);

/* Raise an error, which names the option, if this is no distance, a negative one, or one of more than 1000 years. */
extern void ivm_append_value_check_distance(const IvmAppendType *type, const char *option,
											const char *distance);

/* An integer as a value of a number's type: the nearest one, where the type ends before. */
extern Datum ivm_append_value_of_integer(const IvmAppendType *type, int64 value);

/* A time as a value of a timed type, under the current TimeZone. */
extern Datum ivm_append_value_of_time(const IvmAppendType *type, TimestampTz time);

#endif							/* IVM_APPEND_VALUE_H */
