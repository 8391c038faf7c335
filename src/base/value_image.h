/*-------------------------------------------------------------------------
 *
 * value_image.h
 *	  Values told apart by what they look like.
 *
 * None of the values passed may be NULL; they may be toasted.  typlen and typbyval
 * are those of the type typid.  Nothing is kept of what is allocated, in
 * CurrentMemoryContext, but what the type cache keeps.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_VALUE_IMAGE_H
#define IVM_VALUE_IMAGE_H

#include "utils/datum.h"

/* Is an image of this type nothing but its bytes? */
extern bool ivm_value_image_is_bytes(Oid typid);

/* Are there OIDs of labels or of objects in values of this type, at any depth? */
extern bool ivm_value_image_has_names(Oid typid);

/*
 * The bits by which values that are passed by value are compared and hashed, as a value read from a table
 * has them.  The server extends OIDs and labels of enums to the size of a Datum with zeros when they are
 * computed, but by their sign when they are read.
 */
static inline uint64
ivm_value_image_bits(int16 typlen, Datum value)
{
	return typlen == sizeof(int32) && sizeof(Datum) > sizeof(int32) ? (uint64) (int64) (int32) value : (uint64) value;
}

/* Do two values have the same bytes? */
static inline bool
ivm_value_image_equal_bytes(int16 typlen, bool typbyval, Datum a, Datum b)
{
	return typbyval ? ivm_value_image_bits(typlen, a) == ivm_value_image_bits(typlen, b) :
		datum_image_eq(a, b, false, typlen);
}

/*
 * A hash that is the same for all values that are the same image, in each database
 * that the value is dumped from and restored to.  ivm_value_image_hash_bytes() is
 * for types for which ivm_value_image_is_bytes() is true.
 */
extern uint64 ivm_value_image_hash(Oid typid, int16 typlen, bool typbyval, Datum value);
extern uint64 ivm_value_image_hash_bytes(int16 typlen, bool typbyval, Datum value);

/*
 * A hash that is the same for all values that are equal by the type's "=", in
 * each database that the value is restored to: the type's own, as
 * far as it does not depend on OIDs.
 */
extern uint64 ivm_value_image_hash_equal(Oid typid, Oid collation, Datum value);

/* Are two values of one database the same image? */
extern bool ivm_value_image_equal(Oid typid, int16 typlen, bool typbyval, Datum a, Datum b);

#endif							/* IVM_VALUE_IMAGE_H */
